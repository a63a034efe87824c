// SPDX-License-Identifier: MIT
#include "checkpoint/safetensors.h"

#include <doctest/doctest.h>

#include <string>

#include "support/safetensors_text.h"
#include "tessera/error.h"

namespace tessera::checkpoint {
namespace {

/// Opens a file with this header; empty when it is good, otherwise the message.
std::string complaint(const std::string& header, std::size_t data_bytes) {
  try {
    Checkpoint::from_bytes(test::safetensors_text(header, data_bytes), "m");
    return {};
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::BadCheckpoint);
    CHECK(std::string(error.what()).starts_with("m: "));
    CHECK(std::string(error.what()).find('\n') == std::string::npos);
    return error.what() + 3;
  }
}

std::string one_tensor(const std::string& shape,
                       const std::string& type,
                       const std::string& range) {
  return R"({"a":{"dtype":")" + type + R"(","shape":)" + shape + R"(,"data_offsets":)" + range +
         "}}";
}

bool says(const std::string& text, const std::string& part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_SUITE("checkpoint/safetensors") {
  TEST_CASE("good headers are accepted") {
    CHECK(complaint("{}", 0) == "");
    CHECK(complaint("{}      ", 0) == "");
    CHECK(complaint(R"({"__metadata__":{}})", 0) == "");
    CHECK(complaint(one_tensor("[]", "F32", "[0,4]"), 4) == "");
    CHECK(complaint(one_tensor("[0]", "F32", "[0,0]"), 0) == "");
    CHECK(complaint(one_tensor("[2,3]", "BF16", "[0,12]"), 12) == "");
    CHECK(complaint(one_tensor("[2,3]", "I64", "[0,48]"), 48) == "");
    CHECK(complaint(one_tensor("[2,3]", "F4", "[0,3]"), 3) == "");
    CHECK(complaint(R"({"a":{"data_offsets":[4,8],"shape":[1],"dtype":"F32"},)"
                    R"("b":{"dtype":"F32","shape":[1,0],"data_offsets":[4,4]},)"
                    R"("c":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})",
                    8) == "");
  }
  TEST_CASE("what is no safetensors file is called so") {
    CHECK(says(complaint("", 0), "does not begin with '{'"));
    CHECK(says(complaint(" {}", 0), "does not begin with '{'"));
    CHECK(says(complaint("[]", 0), "does not begin with '{'"));
    CHECK(says(complaint("{", 0), "not valid JSON"));
    CHECK(says(complaint("{}x", 0), "not valid JSON"));
    CHECK(says(complaint(std::string("{}\0", 3), 0), "not valid JSON at byte 3"));
    CHECK(says(complaint(std::string("{}\0anything", 11), 0), "not valid JSON at byte 3"));
    CHECK(says(complaint(R"({"a)"
                         "\xff"
                         R"(":1})",
                         0),
               "not valid JSON"));
  }
  TEST_CASE("the length of the header is checked against file and limit") {
    std::vector<std::byte> file = test::safetensors_text("{}", 0);
    const auto open = [&] { Checkpoint::from_bytes(file, "m"); };
    file[0] = std::byte{3};
    CHECK_THROWS_WITH_AS(open(), "m: cut short: the header needs 3 bytes, found 2", Error);
    file[3] = std::byte{0x7F};
    CHECK_THROWS_AS(open(), Error);
    // What is cut short in its header is a checkpoint still, and no foreign file.
    std::vector<std::byte> whole = test::safetensors_text(R"({"__metadata__":{"a":"b"}})", 0);
    whole.resize(whole.size() - 3);
    CHECK_THROWS_WITH_AS(Checkpoint::from_bytes(whole, "m"),
                         "m: cut short: the header needs 26 bytes, found 23", Error);
    for (int i = 0; i < 8; ++i) file[i] = std::byte{0xFF};
    CHECK_THROWS_AS(open(), Error);
    file.resize(7);
    CHECK_THROWS_WITH_AS(open(), "m: expected at least 8 bytes, found 7", Error);
  }
  TEST_CASE("a key that occurs twice is refused at every depth") {
    const std::string empty = R"("a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]})";
    CHECK(says(complaint("{" + empty + "," + empty + "}", 0), "'a' occurs twice"));
    CHECK(says(complaint(R"({"__metadata__":{},"__metadata__":{}})", 0), "occurs twice"));
    CHECK(
        says(complaint(R"({"__metadata__":{"k":"1","k":"2"}})", 0), "metadata: 'k' occurs twice"));
    CHECK(says(
        complaint(R"({"a":{"dtype":"F32","dtype":"F32","shape":[0],"data_offsets":[0,0]}})", 0),
        "tensor 'a': 'dtype' occurs twice"));
  }
  TEST_CASE("fields must be there, known and of their kind") {
    CHECK(says(complaint(R"({"a":{"shape":[0],"data_offsets":[0,0]}})", 0),
               "field 'dtype' is missing"));
    CHECK(says(complaint(R"({"a":{"dtype":"F32","data_offsets":[0,4]}})", 4),
               "field 'shape' is missing"));
    CHECK(says(complaint(R"({"a":{"dtype":"F32","shape":[0]}})", 0),
               "field 'data_offsets' is missing"));
    CHECK(says(complaint(R"({"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0],"x":1}})", 0),
               "unknown field 'x'"));
    CHECK(says(complaint(R"({"a":1})", 0), "'a': expected an object, found a number"));
    CHECK(says(complaint(R"({"a":null})", 0), "found null"));
    CHECK(says(complaint(R"({"__metadata__":{"k":1}})", 0),
               "metadata 'k': expected text, found a number"));
    CHECK(says(complaint(R"({"__metadata__":{"k":{}}})", 0), "found an object"));
    CHECK(says(complaint(one_tensor("[-1]", "F32", "[0,4]"), 4), "a negative number"));
    CHECK(says(complaint(one_tensor("[1.0]", "F32", "[0,4]"), 4), "no integer"));
    CHECK(says(complaint(one_tensor("[[1]]", "F32", "[0,4]"), 4), "an array"));
    CHECK(says(complaint(one_tensor("4", "F32", "[0,4]"), 4), "a number"));
    CHECK(
        says(complaint(one_tensor("[1]", "F32", "[0]"), 4), "expected two data offsets, found 1"));
    CHECK(says(complaint(one_tensor("[1]", "F32", "[0,4,4]"), 4), "more than two numbers"));
    CHECK(says(complaint(one_tensor("[1]", "F99", "[0,4]"), 4), "unknown data type 'F99'"));
  }
  TEST_CASE("ranges must have the size of their tensor and cover the data exactly") {
    CHECK(says(complaint(one_tensor("[2]", "F32", "[0,4]"), 4),
               "F32 of shape (2) needs 8 bytes, found 4"));
    CHECK(says(complaint(one_tensor("[1]", "F32", "[0,4]"), 3), "outside the data of 3 bytes"));
    CHECK(says(complaint(one_tensor("[1]", "F32", "[4,0]"), 4), "outside the data"));
    CHECK(says(complaint(one_tensor("[1]", "F32", "[0,4]"), 5), "cover 4 of 5 bytes"));
    CHECK(says(complaint(one_tensor("[1]", "F32", "[1,5]"), 5),
               "expected to begin at byte 0, found 1"));
    CHECK(says(complaint(one_tensor("[3]", "F4", "[0,1]"), 1), "no whole number of bytes"));
    CHECK(says(complaint("{}", 1), "cover 0 of 1 bytes"));
    const auto two = [](const std::string& range) {
      return R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
             R"("b":{"dtype":"F32","shape":[1],"data_offsets":)" +
             range + "}}";
    };
    CHECK(complaint(two("[4,8]"), 8) == "");
    CHECK(says(complaint(two("[0,4]"), 8), "expected to begin at byte 4, found 0"));
    CHECK(says(complaint(two("[2,6]"), 8), "expected to begin at byte 4, found 2"));
    CHECK(says(complaint(two("[5,9]"), 9), "expected to begin at byte 4, found 5"));
  }
  TEST_CASE("shapes whose product overflows are refused") {
    CHECK(says(complaint(one_tensor("[4294967296,4294967296]", "F32", "[0,0]"), 0), "overflows"));
    CHECK(says(complaint(one_tensor("[9223372036854775807,2]", "U8", "[0,4]"), 4), "overflows"));
    CHECK(says(complaint(one_tensor("[18446744073709551615]", "U8", "[0,4]"), 4), "overflows"));
    CHECK(says(complaint(one_tensor("[184467440737095516160]", "U8", "[0,4]"), 4), "no integer"));
  }
  TEST_CASE("hostile nesting and names cost one line") {
    CHECK(says(complaint(R"({"a":)" + std::string(200000, '['), 0),
               "'a': expected an object, found an array"));
    std::string nested;
    for (int i = 0; i < 50000; ++i) nested += R"({"a":)";
    CHECK(complaint(nested, 0).size() < 300);
    CHECK(complaint(R"({"x\n)" + std::string(5000, 'y') + R"(":1})", 0).size() < 300);
  }
  TEST_CASE("metadata that would overflow the stack of their readers are refused") {
    const auto metadata = [](int levels) {
      return R"({"__metadata__":{"k":")" + std::string(levels, '[') + std::string(levels, ']') +
             R"("}})";
    };
    CHECK(complaint(metadata(kDeepestMetadata), 0) == "");
    CHECK(says(complaint(metadata(kDeepestMetadata + 1), 0),
               "metadata 'k': nested deeper than 100 levels"));
    CHECK(says(complaint(metadata(300000), 0), "nested deeper"));
    // Nor are they written.
    const std::string deep(kDeepestMetadata + 1, '[');
    CHECK_THROWS_WITH_AS(safetensors_bytes({}, {{"k", deep}}), doctest::Contains("'k': nested"),
                         Error);
  }
  TEST_CASE("levels are those of brackets outside strings") {
    CHECK(levels_of_json("") == 0);
    CHECK(levels_of_json("7") == 0);
    CHECK(levels_of_json(R"([{"a":[1]},[]])") == 3);
    CHECK(levels_of_json(R"({"[[[[":"]\"[[[\\"})") == 1);
    CHECK(levels_of_json("]]][") == 0);
    CHECK(levels_of_json("\"[[[ no end\\") == 0);
  }
}

}  // namespace tessera::checkpoint
