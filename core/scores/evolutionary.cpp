// SPDX-License-Identifier: GPL-3.0-or-later
// Evolutionary search (the head part of THAT, Lee et al. 2022, and of the Length-Adaptive Transformer, Kim & Cho 2021):
// a gene is the number of heads that every block keeps, within a block the first by Taylor's order. Choices live that
// no other beats in both size and value; a half of all children is made to have K heads.
#include <algorithm>
#include <map>
#include <numeric>

#include "core/base/rng.h"
#include "core/scores/mask_value.h"
#include "core/scores/score_functions.h"

namespace headroom {

namespace {

constexpr std::uint64_t kEvolutionaryStream = 0x65766f6c;

using Gene = std::vector<int>;  ///< heads kept, by block

int sizeOf(const Gene& gene) { return std::accumulate(gene.begin(), gene.end(), 0); }

class Evolution {
 public:
  explicit Evolution(const ScoreInput& input)
      : m_input(input),
        m_values(input, "breeding"),
        m_layout(m_values.units().units()),
        m_rng(input.options.seed, kEvolutionaryStream),
        m_taylor(taylorScores(input)),
        m_unitScores(m_values.units().means(m_taylor.values)) {
    m_values.expect(static_cast<std::int64_t>(input.options.population) * (input.options.generations + 1));
  }

  HeadScores scores() {
    std::vector<Gene> living = first();
    judge(living);
    for (int generation = 0; generation < m_input.options.generations; ++generation) {
      std::vector<Gene> children;
      for (int i = 0; i < m_input.options.population; ++i) children.push_back(child(living, i % 2 == 0));
      judge(children);
      living = fittest();
    }
    HeadScores scores;
    scores.values = asScores(ofHeads(bestOfK()));
    scores.costs = m_values.passes();
    scores.costs.forwards += m_taylor.costs.forwards;
    scores.costs.backwards += m_taylor.costs.backwards;
    for (const Gene& gene : front(m_judged)) scores.front.push_back({ofHeads(gene), m_judged.at(gene)});
    scores.note = std::to_string(m_judged.size()) + " choices tried, " + std::to_string(scores.front.size()) +
                  " of them beaten by none in size and value";
    return scores;
  }

 private:
  using Judged = std::map<Gene, double>;

  [[nodiscard]] HeadMask maskOf(const Gene& gene) const {
    HeadMask mask(m_layout, false);
    for (int block = 0; block < m_layout.blockCount(); ++block) {
      const auto first = m_unitScores.begin() + m_layout.firstOf(block);
      const std::vector<int> order = keepOrder(std::vector<double>(first, first + m_layout.headsIn(block)));
      for (int i = 0; i < gene[static_cast<size_t>(block)]; ++i)
        mask.set(HeadId{block, order[static_cast<size_t>(i)]}, true);
    }
    return mask;
  }

  [[nodiscard]] HeadMask ofHeads(const Gene& gene) const { return m_values.units().toHeads(maskOf(gene)); }

  [[nodiscard]] Gene geneOf(const HeadMask& mask) const {
    Gene gene;
    for (int block = 0; block < m_layout.blockCount(); ++block) gene.push_back(mask.keptIn(block));
    return gene;
  }

  /// Taylor's own choice at K and at other sizes, then random ones.
  std::vector<Gene> first() {
    const int heads = m_layout.headCount();
    std::vector<Gene> genes{geneOf(keepTop(m_layout, m_unitScores, m_input.keep))};
    for (int i = 1; i < m_input.options.population; ++i) {
      const int size = i % 2 == 0 ? m_input.keep : static_cast<int>(m_rng.below(static_cast<std::uint64_t>(heads) + 1));
      genes.push_back(i % 4 == 1 ? geneOf(keepTop(m_layout, m_unitScores, size))
                                 : geneOf(keepRandom(m_layout, size, m_rng.below(1U << 30))));
    }
    return genes;
  }

  void judge(const std::vector<Gene>& genes) {
    std::vector<Gene> fresh;
    for (const Gene& gene : genes)
      if (!m_judged.contains(gene) && std::find(fresh.begin(), fresh.end(), gene) == fresh.end()) fresh.push_back(gene);
    std::sort(fresh.begin(), fresh.end());  // neighbours then agree in the first layers
    std::vector<HeadMask> masks;
    for (const Gene& gene : fresh) masks.push_back(maskOf(gene));
    const std::vector<double> values = m_values.of(masks);
    for (size_t i = 0; i < fresh.size(); ++i) m_judged[fresh[i]] = values[i];
  }

  Gene child(const std::vector<Gene>& living, bool ofK) {
    const Gene& mother = any(living);
    const Gene& father = any(living);
    Gene gene = mother;
    for (size_t block = 0; block < gene.size(); ++block)
      if (m_rng.below(2) == 0) gene[block] = father[block];
    change(gene, m_rng.below(2) == 0 ? 1 : -1);
    change(gene, m_rng.below(2) == 0 ? 1 : -1);
    while (ofK && sizeOf(gene) != m_input.keep) change(gene, sizeOf(gene) < m_input.keep ? 1 : -1);
    return gene;
  }

  /// One head more or less in a random block that allows it; none where no block does.
  void change(Gene& gene, int by) {
    std::vector<size_t> blocks;
    for (size_t block = 0; block < gene.size(); ++block) {
      const int count = gene[block] + by;
      if (count >= 0 && count <= m_layout.headsIn(static_cast<int>(block))) blocks.push_back(block);
    }
    if (!blocks.empty()) gene[any(blocks)] += by;
  }

  template <typename T>
  const T& any(const std::vector<T>& values) {
    return values[m_rng.below(values.size())];
  }

  /// Those of `all` that none beats: as small or smaller and of more value. Large ones first.
  [[nodiscard]] static std::vector<Gene> front(const Judged& all) {
    std::vector<Gene> genes;
    for (const auto& [gene, value] : all) genes.push_back(gene);
    std::stable_sort(genes.begin(), genes.end(), [&](const Gene& a, const Gene& b) {
      return sizeOf(a) != sizeOf(b) ? sizeOf(a) < sizeOf(b) : all.at(a) > all.at(b);
    });
    std::vector<Gene> kept;
    for (const Gene& gene : genes)
      if (kept.empty() || all.at(gene) > all.at(kept.back())) kept.push_back(gene);
    std::reverse(kept.begin(), kept.end());
    return kept;
  }

  /// Front after front of all that were judged, until the population is full; the best of K always.
  [[nodiscard]] std::vector<Gene> fittest() const {
    std::vector<Gene> living{bestOfK()};
    Judged left = m_judged;
    const auto size = static_cast<size_t>(m_input.options.population);
    while (living.size() < size && !left.empty())
      for (const Gene& gene : front(left)) {
        left.erase(gene);
        if (living.size() < size && gene != living.front()) living.push_back(gene);
      }
    return living;
  }

  [[nodiscard]] Gene bestOfK() const {
    const Gene* best = nullptr;
    for (const auto& [gene, value] : m_judged)
      if (sizeOf(gene) == m_input.keep && (!best || value > m_judged.at(*best))) best = &gene;
    return *best;
  }

  const ScoreInput& m_input;
  MaskValues m_values;
  const HeadLayout& m_layout;  ///< of units, as the genes and maskOf() are
  Rng m_rng;
  HeadScores m_taylor;
  std::vector<double> m_unitScores;
  Judged m_judged;
};

}  // namespace

HeadScores evolutionaryScores(const ScoreInput& input) { return Evolution(input).scores(); }

}  // namespace headroom
