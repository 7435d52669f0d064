// Profiles the parameter of interest of a HistFactory workspace with ROOT, and evaluates ROOT's likelihood at given points.
//
// `nextstat parity` writes a copy of this file into the folder of a run, with the settings in place of the comment below, and
// runs it there: root -l -b -q profile_scan.C. Needs ROOT 6.14 or newer with HistFactory; writes root_profile_scan.json.
//
// NLL is ROOT's, without offset: its constants are not those of nextstat, so only differences can be compared.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "RooAbsData.h"
#include "RooAbsPdf.h"
#include "RooAbsReal.h"
#include "RooArgSet.h"
#include "RooFitResult.h"
#include "RooGlobalFunc.h"
#include "RooMinimizer.h"
#include "RooMsgService.h"
#include "RooRealVar.h"
#include "RooStats/ModelConfig.h"
#include "RooWorkspace.h"
#include "TError.h"
#include "TFile.h"
#include "TKey.h"
#include "TROOT.h"
#include "TSystem.h"

// @SETTINGS@

namespace {

double now() {
   using namespace std::chrono;
   return duration<double>(steady_clock::now().time_since_epoch()).count();
}

double median(std::vector<double> values) {
   std::sort(values.begin(), values.end());
   return values[values.size() / 2];
}

std::string number(double value) {
   if (!std::isfinite(value)) return "null";
   char text[40];
   std::snprintf(text, sizeof text, "%.17g", value);
   return text;
}

std::string quoted(const std::string &text) {
   std::string out = "\"";
   for (char c : text) {
      if (c == '"' || c == '\\') out += '\\';
      out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
   }
   return out + "\"";
}

template <class T> std::string list(const std::vector<T> &values, const std::function<std::string(const T &)> &show) {
   std::string out = "[";
   for (std::size_t i = 0; i < values.size(); i++) out += (i ? ", " : "") + show(values[i]);
   return out + "]";
}

std::string numbers(const std::vector<double> &values) {
   return list<double>(values, [](const double &v) { return number(v); });
}

using Variables = std::vector<RooRealVar *>;

std::vector<double> values(const Variables &variables) {
   std::vector<double> out;
   for (auto *v : variables) out.push_back(v->getVal());
   return out;
}

void assign(const Variables &variables, const std::vector<double> &to) {
   for (std::size_t i = 0; i < variables.size(); i++) variables[i]->setVal(to[i]);
}

/// RooFit normalises constraint terms over the ranges of the global observables, which are not part of HistFactory's model:
/// they cut off wide Gaussians, and ROOT 6.40 clips nom_beta = 1/r^2 to 10, which moves the mode of Gamma constraints.
void widenGlobalObservables(RooWorkspace &workspace, const RooArgSet &observables) {
   for (auto *argument : observables) {
      auto *variable = dynamic_cast<RooRealVar *>(argument);
      if (!variable) continue;
      const std::string name = variable->GetName();
      if (name.rfind("nom_beta_", 0) == 0) {
         auto *theta = workspace.var(("theta_" + name.substr(9)).c_str());
         if (!theta) continue;
         // Much wider, and the integral over it misses the peak.
         variable->setRange(0, 4 / theta->getVal() + 20);
         variable->setVal(1 / theta->getVal());
      } else if (name.rfind("nom_gamma_", 0) == 0 || name == "nominalLumi") {
         const double low = variable->getMax() < 1e4 ? -1e4 : 0;
         variable->setRange(low, std::max(1e4, variable->getMax()));
      } else {
         variable->setRange(-1e4, 1e4);
      }
   }
}

/// Migrad of strategy 1, then 2, then 2 after Simplex, as far as needed. The status of the last one.
int minimise(RooAbsReal &nll) {
   int status = -1;
   for (int attempt = 0; attempt < 3 && status != 0; attempt++) {
      RooMinimizer minimizer(nll);
      minimizer.setPrintLevel(-1);
      minimizer.setPrintEvalErrors(-1);
      minimizer.setStrategy(attempt == 0 ? 1 : 2);
      minimizer.setEps(TOLERANCE);
      minimizer.optimizeConst(2);
      if (attempt == 2) minimizer.minimize("Minuit2", "Simplex");
      status = minimizer.minimize("Minuit2", "Migrad");
   }
   return status;
}

/// One line of nextstat_points.txt: blank-separated words.
std::vector<std::string> words(const std::string &line) {
   std::istringstream stream(line);
   std::vector<std::string> out;
   std::string word;
   while (stream >> word) out.push_back(word);
   return out;
}

RooWorkspace *openWorkspace(TFile &file) {
   for (auto *entry : *file.GetListOfKeys()) {
      auto *key = static_cast<TKey *>(entry);
      if (auto *workspace = dynamic_cast<RooWorkspace *>(key->ReadObj())) return workspace;
   }
   return nullptr;
}

int fail(const std::string &problem) {
   std::fprintf(stderr, "profile_scan.C: %s\n", problem.c_str());
   return 1;
}

int scan() {
   const double begin = now();
   gErrorIgnoreLevel = kError;
   RooMsgService::instance().setGlobalKillBelow(RooFit::FATAL);
   std::unique_ptr<TFile> file(TFile::Open(WORKSPACE_FILE));
   if (!file || file->IsZombie()) return fail("cannot open the workspace file");
   auto *workspace = openWorkspace(*file);
   if (!workspace) return fail("there is no RooWorkspace in the file");
   auto *config = dynamic_cast<RooStats::ModelConfig *>(workspace->obj("ModelConfig"));
   auto *data = workspace->data("obsData");
   if (!config || !data) return fail("the workspace has no ModelConfig or no obsData");
   auto *poi = dynamic_cast<RooRealVar *>(config->GetParametersOfInterest()->first());
   if (!poi) return fail("the model has no parameter of interest");
   const RooArgSet *globals = config->GetGlobalObservables();
   if (globals) widenGlobalObservables(*workspace, *globals);

   std::unique_ptr<RooAbsReal> nll(globals && globals->getSize() > 0
                                      ? config->GetPdf()->createNLL(*data, RooFit::GlobalObservables(*globals))
                                      : config->GetPdf()->createNLL(*data));
   std::unique_ptr<RooArgSet> all(nll->getVariables());
   Variables parameters;
   std::vector<std::string> cut;
   for (auto *argument : *all) {
      auto *variable = dynamic_cast<RooRealVar *>(argument);
      if (!variable || config->GetObservables()->find(*variable)) continue;
      const std::string name = variable->GetName();
      bool isHelper = false;
      for (const char *prefix : {"nom_", "nominalLumi", "theta_", "tau_", "kappa_"}) {
         isHelper |= name.rfind(prefix, 0) == 0;
      }
      if (isHelper || (globals && globals->find(*variable))) continue;
      parameters.push_back(variable);
   }
   std::sort(parameters.begin(), parameters.end(),
             [](RooRealVar *a, RooRealVar *b) { return std::string(a->GetName()) < b->GetName(); });
   Variables floating;
   for (auto *p : parameters) {
      // Minuit runs away in ranges like [0, 1e30].
      if (p->getMax() > 1e6 || p->getMin() < -1e6) {
         p->setRange(std::max(p->getMin(), -100.), std::min(p->getMax(), 100.));
         cut.push_back(p->GetName());
      }
      if (!p->isConstant()) floating.push_back(p);
   }
   poi->setRange(std::min(poi->getMin(), MUS.front()), std::max(poi->getMax(), MUS.back()));
   const std::vector<double> start = values(floating), startAll = values(parameters);
   const double nllStart = nll->getVal();
   const double built = now() - begin;

   std::vector<double> fits;
   int statusFree = -1;
   for (int i = 0; i < REPEATS; i++) {
      assign(floating, start);
      const double t = now();
      statusFree = minimise(*nll);
      fits.push_back(now() - t);
   }
   const double nllFree = nll->getVal(), muFree = poi->getVal();
   const std::vector<double> best = values(floating), bestAll = values(parameters);
   std::vector<double> errors;
   for (auto *p : parameters) errors.push_back(p->isConstant() ? 0 : p->getError());

   struct Point {
      double mu, nll;
      int status;
      std::vector<double> parameters;
   };
   std::vector<Point> points;
   const double scanBegin = now();
   poi->setConstant(true);
   for (double mu : MUS) {
      assign(floating, best);
      poi->setVal(mu);
      int status = minimise(*nll);
      if (status != 0) {
         assign(floating, start);
         poi->setVal(mu);
         status = minimise(*nll);
      }
      points.push_back({mu, nll->getVal(), status, values(parameters)});
   }
   poi->setConstant(false);
   const double scanTime = now() - scanBegin;

   // All parameters move, so that nothing is remembered from the evaluation before.
   std::vector<double> batches;
   volatile double sink = 0;
   for (int batch = 0; batch < 5; batch++) {
      const double t = now();
      int n = 0;
      for (; n < 200 && (n < 2 || now() - t < 0.1); n++) {
         for (std::size_t i = 0; i < floating.size(); i++) {
            floating[i]->setVal(best[i] + (n % 2 ? 1e-7 : 0) * (floating[i]->getMax() > best[i] + 1e-6 ? 1 : -1));
         }
         sink = sink + nll->getVal();
      }
      batches.push_back((now() - t) / n);
   }

   // ROOT's likelihood where nextstat's fits ended: the first line has names, the others values.
   std::ifstream input("nextstat_points.txt");
   std::string line;
   std::vector<double> nllThere;
   std::vector<std::string> unknown;
   std::vector<RooRealVar *> columns;
   if (std::getline(input, line)) {
      for (const auto &name : words(line)) {
         auto *variable = dynamic_cast<RooRealVar *>(all->find(name.c_str()));
         columns.push_back(variable);
         if (!variable) unknown.push_back(name);
      }
      while (std::getline(input, line)) {
         const auto row = words(line);
         if (row.size() != columns.size()) return fail("a line of nextstat_points.txt is not complete");
         for (std::size_t i = 0; i < row.size(); i++) {
            if (!columns[i]) continue;
            const double value = std::stod(row[i]);
            // Ranges of nextstat's that are wider: RooFit refuses values outside its own.
            if (value < columns[i]->getMin()) columns[i]->setMin(value);
            if (value > columns[i]->getMax()) columns[i]->setMax(value);
            columns[i]->setVal(value);
         }
         nllThere.push_back(nll->getVal());
      }
   }

   const auto lowest = std::min_element(points.begin(), points.end(),
                                        [](const Point &a, const Point &b) { return a.nll < b.nll; });
   // Not for what the tolerance of the fits leaves.
   const bool scanIsLower = lowest->nll < nllFree - 1e-3;
   const double nllHat = scanIsLower ? lowest->nll : nllFree, muHat = scanIsLower ? lowest->mu : muFree;
   std::ofstream out("root_profile_scan.json.part");
   out << "{\n \"tool\": \"ROOT\",\n \"root_version\": " << quoted(gROOT->GetVersion())
       << ",\n \"poi_name\": " << quoted(poi->GetName()) << ",\n \"mu_hat\": " << number(muHat)
       << ",\n \"nll_hat\": " << number(nllHat) << ",\n \"mu_hat_source\": \"" << (scanIsLower ? "scan_min" : "free_fit")
       << "\",\n \"status_free\": " << statusFree << ",\n \"ranges_cut\": "
       << list<std::string>(cut, quoted) << ",\n \"timing_s\": {\"total\": " << number(now() - begin)
       << ", \"open\": " << number(built) << ", \"free_fit\": " << number(median(fits))
       << ", \"first_free_fit\": " << number(fits[0]) << ", \"scan\": " << number(scanTime)
       << ", \"nll_eval\": " << number(median(batches)) << "},\n \"parameter_names\": "
       << list<RooRealVar *>(parameters, [](RooRealVar *const &p) { return quoted(p->GetName()); })
       << ",\n \"constant\": "
       << list<RooRealVar *>(parameters, [](RooRealVar *const &p) { return p->isConstant() ? "true" : "false"; })
       << ",\n \"start\": {\"nll\": " << number(nllStart) << ", \"parameters\": " << numbers(startAll)
       << "},\n \"free_fit\": {\"mu\": " << number(muFree) << ", \"nll\": " << number(nllFree)
       << ", \"parameters\": " << numbers(bestAll) << ", \"errors\": " << numbers(errors)
       << "},\n \"at_nextstat\": {\"unknown\": " << list<std::string>(unknown, quoted) << ", \"nll\": " << numbers(nllThere)
       << "},\n \"points\": [";
   for (std::size_t i = 0; i < points.size(); i++) {
      const auto &p = points[i];
      const double q = p.mu < muHat ? 0 : 2 * (p.nll - nllHat);
      out << (i ? ",\n  " : "\n  ") << "{\"mu\": " << number(p.mu) << ", \"nll_mu\": " << number(p.nll)
          << ", \"q_mu\": " << number(q) << ", \"status\": " << p.status << ", \"parameters\": " << numbers(p.parameters)
          << "}";
   }
   out << "\n ]\n}\n";
   out.close();
   if (!out) return fail("cannot write root_profile_scan.json");
   return std::rename("root_profile_scan.json.part", "root_profile_scan.json");
}

} // namespace

void profile_scan() {
   const int code = scan();
   // What ROOT does on its way out takes long, and nothing of it is needed.
   std::fflush(nullptr);
   gSystem->Exit(code, false);
}
