// SPDX-License-Identifier: MIT
#include "inspect/inspection_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <map>

#include "inspect/inspection_charts.h"
#include "inspect/inspection_text.h"
#include "tessera/error.h"

namespace tessera::cli {
namespace {

using nlohmann::json;

constexpr const char* kStyle = R"(
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1200px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
p.reading { color: GrayText; max-width: 52rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .2rem .7rem .2rem 0; white-space: nowrap; }
th { border-bottom: 1px solid; } tr:nth-child(even) td { background: #8881; }
.grid { display: flex; flex-wrap: wrap; gap: 1rem; align-items: flex-start; }
figure { margin: 0; max-width: min(100%, 396px); }
figure img { display: block; max-width: 100%; height: auto; image-rendering: pixelated; }
figcaption { font-size: 13px; color: GrayText; }
svg text { font: 11px system-ui, sans-serif; fill: currentColor; }
summary { cursor: pointer; font-weight: 600; margin-top: 1rem; }
)";

std::string escaped(const std::string& text) {
  std::string safe;
  for (const char letter : text) {
    if (letter == '&')
      safe += "&amp;";
    else if (letter == '<')
      safe += "&lt;";
    else if (letter == '>')
      safe += "&gt;";
    else if (letter == '"')
      safe += "&quot;";
    else
      safe += letter;
  }
  return safe;
}

/// Source  RFC 4648, section 4.
std::string base64(const std::string& bytes) {
  constexpr char kLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k)
      text += k > bytes.size() - i ? '=' : kLetters[group >> (18 - 6 * k) & 63U];
  }
  return text;
}

std::string file_bytes(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  if (!stream.is_open() || stream.bad())
    throw Error(ErrorCode::IoFailure,
                printable_name(file) + ": cannot read the picture for the page");
  return bytes;
}

std::string html_from_table(const InspectionTable& table) {
  std::string html = fmt::format(
      "<h2>{}</h2>\n<p class=\"reading\">{}</p>\n<div class=\"scroll\">"
      "<table><tr>",
      escaped(table.title), escaped(table.reading));
  for (const std::string& cell : table.header) html += "<th>" + escaped(cell) + "</th>";
  for (const auto& row : table.rows) {
    html += "</tr>\n<tr>";
    for (const std::string& cell : row) html += "<td>" + escaped(cell) + "</td>";
  }
  return html + "</tr></table></div>\n";
}

std::string figure(const PagePicture& picture) {
  return fmt::format(
      "<figure><img alt=\"{0}\" src=\"data:image/png;base64,{1}\">"
      "<figcaption>{0}</figcaption></figure>\n",
      escaped(picture.caption), base64(file_bytes(picture.file)));
}

/// Pictures by what comes before the colon of their captions, each group to be opened.
std::string gallery(const std::vector<PagePicture>& pictures) {
  std::map<std::string, std::string> groups;
  std::vector<std::string> order;
  for (const PagePicture& picture : pictures) {
    const auto colon = picture.caption.find(": ");
    const bool of_a_graph = picture.caption.rfind("inputs", 0) != 0 && colon != std::string::npos;
    const std::string group = of_a_graph ? picture.caption.substr(0, colon) : "The network";
    if (!groups.contains(group)) order.push_back(group);
    groups[group] += figure(picture);
  }
  std::string html = "<h2>Pictures</h2>\n";
  for (const std::string& group : order)
    html += fmt::format(
        "<details{}><summary>{}</summary>\n<div class=\"grid\">\n{}</div></details>\n",
        group == order.front() || group == order[std::min<std::size_t>(1, order.size() - 1)]
            ? " open"
            : "",
        escaped(group), groups[group]);
  return html;
}

}  // namespace

std::string page_from_inspection(const std::string& title,
                                 const json& inspection,
                                 const std::vector<PagePicture>& pictures) {
  std::string html = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
      "<title>{0}</title><style>{1}</style></head>\n<body><h1>{0}</h1>\n<ul>\n",
      escaped(title), kStyle);
  for (const std::string& line : sentences_of(inspection))
    html += "<li>" + escaped(line) + "</li>\n";
  html += "</ul>\n" + gallery(pictures);
  html += "<h2>Iterations and spectra</h2>\n<div class=\"grid\">\n" +
          charts_of(inspection["filters"]) + "</div>\n";
  for (const InspectionTable& table : tables_of(inspection)) html += html_from_table(table);
  return html + "</body></html>\n";
}

}  // namespace tessera::cli
