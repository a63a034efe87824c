// SPDX-License-Identifier: MIT
#include "analysis/equations/pde_fit.h"

#include <algorithm>
#include <cmath>

#include "analysis/plane_map.h"

namespace tessera::analysis {
namespace {

struct Term {
  std::string name;
  Tensor planes;
};

/// The terms of the equation at `u`, centred.
std::vector<Term> terms_at(const PdeStep& step, TensorView<const float> u) {
  std::vector<Term> terms;
  terms.push_back({"diffusion", grid_laplacian(u)});
  if (step.attention) terms.push_back({"attention", difference(u, step.attention(u))});
  if (!step.samples.empty()) {
    Tensor pull(u.shape());
    for (std::size_t i = 0; i < u.shape().count(); ++i)
      pull.data()[i] = step.mask.data()[i] * (step.samples.data()[i] - u.data()[i]);
    // A state that agrees with all samples is not pulled.
    if (norm(pull) > 1e-6 * norm(u)) terms.push_back({"data pull", std::move(pull)});
  }
  Tensor reaction(u.shape());
  for (std::size_t i = 0; i < u.shape().count(); ++i) reaction.data()[i] = std::tanh(u.data()[i]);
  terms.push_back({"reaction", std::move(reaction)});
  for (Term& term : terms) centre(term.planes);
  return terms;
}

std::vector<TensorView<const float>> views_of(const std::vector<Term>& terms) {
  std::vector<TensorView<const float>> views;
  for (const Term& term : terms) views.push_back(term.planes);
  return views;
}

/// The term, other than `index`, whose direction is nearest to that of `index`.
std::size_t nearest_term(const std::vector<Term>& terms, std::size_t index) {
  std::size_t best = index == 0 ? 1 : 0;
  double largest = -1.0;
  for (std::size_t k = 0; k < terms.size(); ++k) {
    if (k == index) continue;
    const double cosine = std::abs(dot(terms[k].planes, terms[index].planes)) /
                          std::max(norm(terms[k].planes) * norm(terms[index].planes), 1e-300);
    if (cosine > largest) largest = cosine, best = k;
  }
  return best;
}

/// Leaves out terms that others say as well, the later of two; names them in `merged`.
void merge_collinear(std::vector<Term>& terms,
                     TensorView<const float> d,
                     std::vector<std::string>& merged) {
  while (terms.size() > 1) {
    const std::vector<double> inflation = regress(d, views_of(terms), 0).inflation;
    const auto worst = std::max_element(inflation.begin(), inflation.end());
    if (*worst <= kMostInflation) return;
    std::size_t out = static_cast<std::size_t>(worst - inflation.begin());
    std::size_t into = nearest_term(terms, out);
    if (out < into) std::swap(out, into);
    merged.push_back(terms[out].name + " into " + terms[into].name);
    terms.erase(terms.begin() + static_cast<std::ptrdiff_t>(out));
  }
}

/// The planes moved by half their size, going round.
Tensor shifted(TensorView<const float> planes) {
  Tensor moved(planes.shape());
  for (int c = 0; c < planes.channels(); ++c)
    for (int y = 0; y < planes.height(); ++y)
      for (int x = 0; x < planes.width(); ++x)
        moved(c, (y + planes.height() / 2) % planes.height(),
              (x + planes.width() / 2) % planes.width()) = planes(c, y, x);
  return moved;
}

/// v plus white noise as strong in each channel as the increment d: what the oracle is given.
struct Oracle {
  Tensor before, increment;
};
Oracle oracle_of(const PdeStep& step, TensorView<const float> d, std::uint64_t seed) {
  const Shape shape = d.shape();
  Oracle oracle{Tensor(shape), white_noise(shape, seed)};
  for (int c = 0; c < shape.channels; ++c) {
    const double strength = norm(d.channels(c, 1)) / std::sqrt(static_cast<double>(shape.plane()));
    float* removed = oracle.increment.view().plane(c);
    float* before = oracle.before.view().plane(c);
    const float* after = step.after.plane(c);
    for (std::size_t i = 0; i < shape.plane(); ++i) {
      removed[i] *= static_cast<float>(strength);
      before[i] = after[i] - removed[i];
    }
  }
  centre(oracle.increment);
  return oracle;
}

/// Those terms at the oracle's state that the fit kept.
std::vector<Term> kept_terms(std::vector<Term> terms, const std::vector<std::string>& names) {
  std::vector<Term> kept;
  for (Term& term : terms)
    if (std::find(names.begin(), names.end(), term.name) != names.end())
      kept.push_back(std::move(term));
  return kept;
}

}  // namespace

Tensor grid_laplacian(TensorView<const float> u) {
  Tensor result(u.shape());
  const int height = u.height(), width = u.width();
  for (int c = 0; c < u.channels(); ++c)
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) {
        const float here = u(c, y, x);
        const float up = u(c, std::max(y - 1, 0), x), down = u(c, std::min(y + 1, height - 1), x);
        const float left = u(c, y, std::max(x - 1, 0)), right = u(c, y, std::min(x + 1, width - 1));
        result(c, y, x) = (up - here) + (down - here) + (left - here) + (right - here);
      }
  return result;
}

PdeFit fit_pde(const PdeStep& step, std::uint64_t seed) {
  PdeFit result;
  Tensor d = difference(step.before, step.after);
  const double size = norm(step.before);
  result.increment = size > 0.0 ? norm(d) / size : 0.0;
  if (!(result.increment >= kLeastIncrement)) return result;
  result.fitted = true;
  centre(d);

  std::vector<Term> terms = terms_at(step, step.before);
  result.diffusion_alone = regress(d, {terms.front().planes}, seed).r2;
  merge_collinear(terms, d, result.merged);
  for (const Term& term : terms) result.terms.push_back(term.name);
  result.fit = regress(d, views_of(terms), seed);
  result.null_shift = regress(shifted(d), views_of(terms), seed).r2;

  const Oracle oracle = oracle_of(step, d, seed + 1);
  const std::vector<Term> at_oracle = kept_terms(terms_at(step, oracle.before), result.terms);
  result.null_white = regress(oracle.increment, views_of(at_oracle), seed).r2;
  result.diffusion_alone_null = regress(oracle.increment, {at_oracle.front().planes}, seed).r2;
  return result;
}

}  // namespace tessera::analysis
