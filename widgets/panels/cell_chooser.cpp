// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/cell_chooser.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QSignalBlocker>
#include <algorithm>

#include "widgets/plots/number_text.h"
#include "widgets/plots/plot_theme.h"

namespace headroom {

namespace {

constexpr qulonglong kAllSeeds = ~0ULL;

void select(QComboBox* box, const QVariant& wanted, int otherwise) {
  const int found = box->findData(wanted);
  box->setCurrentIndex(found >= 0 ? found : std::min(otherwise, box->count() - 1));
}

}  // namespace

CellChooser::CellChooser(const QString& name, QWidget* parent) : QWidget(parent) {
  setAccessibleName(name);
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(4);
  const auto add = [&](const QString& part, const QString& tip, int stretch) {
    auto* box = new QComboBox(this);
    box->setAccessibleName(QStringLiteral("%1: %2").arg(name, part));
    box->setToolTip(tip);
    box->setFont(themeFont(TextRole::Secondary));
    box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    box->setMinimumContentsLength(stretch == 2 ? 6 : 4);
    row->addWidget(box, stretch);
    connect(box, &QComboBox::activated, this, [this] {
      m_touched = true;
      fill(choice());
      emit chosen();
    });
    return box;
  };
  m_method = add(tr("method"), tr("Way to choose heads"), 2);
  m_keep = add(tr("heads kept"), tr("Number of heads kept"), 1);
  m_seed = add(tr("seed"), tr("One seed, or in which share of all seeds a head survives"), 1);
}

void CellChooser::setComparison(const Comparison& comparison, Regime regime, int preferred) {
  CellChoice wish = m_touched ? choice() : CellChoice{};
  m_comparison = comparison;
  m_regime = wish.regime = regime;
  m_preferred = preferred;
  fill(wish);
}

void CellChooser::choose(const CellChoice& choice) {
  m_touched = true;
  fill(choice);
}

void CellChooser::fill(const CellChoice& wish) {
  const QSignalBlocker quiet(this);
  const std::vector<int> keeps = keepsOf(m_comparison, m_regime);
  m_keep->clear();
  for (const int keep : keeps) m_keep->addItem(tr("K %1").arg(keep), keep);
  select(m_keep, wish.keep, 0);
  const int keep = m_keep->currentData().toInt();
  m_method->clear();
  for (const std::string& method : methodsOf(m_comparison, m_regime, keep))
    m_method->addItem(methodText(method), QString::fromStdString(method));
  select(m_method, QString::fromStdString(wish.method), m_preferred);
  m_seed->clear();
  m_seed->addItem(tr("all seeds"), QVariant::fromValue(kAllSeeds));
  for (const std::uint64_t seed :
       seedsOf(m_comparison, m_regime, keep, m_method->currentData().toString().toStdString()))
    m_seed->addItem(tr("seed %1").arg(seed), QVariant::fromValue(static_cast<qulonglong>(seed)));
  select(m_seed, QVariant::fromValue(static_cast<qulonglong>(wish.seed.value_or(kAllSeeds))), 0);
  setEnabled(!keeps.empty());
}

CellChoice CellChooser::choice() const {
  CellChoice choice{m_regime, m_method->currentData().toString().toStdString(), m_keep->currentData().toInt(),
                    std::nullopt};
  const qulonglong seed = m_seed->currentData().toULongLong();
  if (m_seed->count() > 0 && seed != kAllSeeds) choice.seed = seed;
  return choice;
}

QString CellChooser::text() const {
  return m_method->count() == 0
             ? QString()
             : tr("%1, %2, %3").arg(m_method->currentText(), m_keep->currentText(), m_seed->currentText());
}

}  // namespace headroom
