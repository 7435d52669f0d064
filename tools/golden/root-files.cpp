// What of the golden ROOT files needs types of C++; loaded by root-files.py.

#include <ROOT/RField.hxx>
#include <ROOT/RNTupleModel.hxx>
#include <ROOT/RNTupleWriteOptions.hxx>
#include <ROOT/RNTupleWriter.hxx>
#include <TFile.h>
#include <TLeaf.h>
#include <TTree.h>
#include <array>
#include <bitset>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

struct GoldenLeaves {
  float a;
  int b[2];
  double c;
};
struct GoldenHit {
  float x = 0;
  int channel = 0;
  double energy[2] = {0, 0};
};
struct GoldenEvent {
  int run = 0;
  unsigned long long event = 0;
  bool isGood = false;
  float met[2] = {0, 0};
  std::vector<float> pt;
  TString label;
  std::vector<GoldenHit> hits;
  GoldenHit leading;
};
enum class GoldenEnum : short { kA = -2, kB = 7 };

// A text of a leaf of characters.
std::string goldenText(TTree* tree, const char* leaf, long entry) {
  tree->GetEntry(entry);
  return static_cast<const char*>(tree->GetLeaf(leaf)->GetValuePointer());
}

// A class split into branches and not, and a tree whose last baskets are inside of it.
void writeGoldenObjects(const char* path, int entries) {
  TFile file(path, "RECREATE", "", 101);
  GoldenEvent event;
  TTree split("split", "");
  split.Branch("event", &event, 600, 99);
  TTree whole("whole", "");
  whole.Branch("event", &event, 600, 0);
  TTree embedded("embedded", "");
  embedded.SetAutoFlush(0);
  double x;
  int n;
  float v[9];
  std::vector<int> vector;
  embedded.Branch("x", &x, "x/D", 200);
  embedded.Branch("n", &n, "n/I", 200);
  embedded.Branch("v", v, "v[n]/F", 200);
  embedded.Branch("vector", &vector, 200);
  for (int i = 0; i < entries; ++i) {
    event.run = i;
    event.event = 1000000000000ull * i;
    event.isGood = i % 2 == 0;
    event.met[0] = i / 8.0f;
    event.met[1] = -i;
    event.label = i % 4 ? "label" : "";
    event.pt.clear();
    event.hits.clear();
    vector.clear();
    for (int j = 0; j < i % 4; ++j) {
      event.pt.push_back(i + j / 4.0f);
      GoldenHit hit;
      hit.x = j;
      hit.channel = i;
      hit.energy[0] = i;
      hit.energy[1] = j;
      event.hits.push_back(hit);
    }
    for (int j = 0; j < i % 3; ++j) vector.push_back(j);
    event.leading.x = i / 2.0f;
    event.leading.channel = -i;
    x = i / 3.0;
    n = i % 9;
    for (int j = 0; j < 9; ++j) v[j] = i + j;
    split.Fill();
    whole.Fill();
    embedded.Fill();
  }
  split.Write();
  whole.Write();
  file.WriteTObject(&embedded, "embedded");  // unlike Write() it does not flush the baskets
  embedded.SetDirectory(nullptr);
  file.Close();
}

// All kinds of fields; if `grow`, in several groups of clusters, and with fields added half-way.
void writeGoldenNtuple(const char* path, int compression, bool grow, int entries) {
  using namespace ROOT;
  auto model = RNTupleModel::Create();
  auto b = model->MakeField<bool>("b");
  auto c = model->MakeField<char>("c");
  auto by = model->MakeField<std::byte>("byte");
  auto i8 = model->MakeField<std::int8_t>("i8");
  auto u8 = model->MakeField<std::uint8_t>("u8");
  auto i16 = model->MakeField<std::int16_t>("i16");
  auto u16 = model->MakeField<std::uint16_t>("u16");
  auto i32 = model->MakeField<std::int32_t>("i32");
  auto u32 = model->MakeField<std::uint32_t>("u32");
  auto i64 = model->MakeField<std::int64_t>("i64");
  auto u64 = model->MakeField<std::uint64_t>("u64");
  auto f32 = model->MakeField<float>("f32");
  auto f64 = model->MakeField<double>("f64");
  auto s = model->MakeField<std::string>("s");
  auto vf = model->MakeField<std::vector<float>>("vf");
  auto vb = model->MakeField<std::vector<bool>>("vb");
  auto vvi = model->MakeField<std::vector<std::vector<std::int32_t>>>("vvi");
  auto vs = model->MakeField<std::vector<std::string>>("vs");
  auto af = model->MakeField<std::array<float, 3>>("af");
  auto avi = model->MakeField<std::array<std::vector<std::int16_t>, 2>>("avi");
  auto aad = model->MakeField<std::array<std::array<double, 2>, 3>>("aad");
  auto p = model->MakeField<std::pair<float, std::vector<std::int32_t>>>("p");
  auto tup = model->MakeField<std::tuple<std::int32_t, std::string, double>>("tup");
  auto opt = model->MakeField<std::optional<float>>("opt");
  auto map = model->MakeField<std::map<std::string, double>>("map");
  auto bits = model->MakeField<std::bitset<12>>("bits");
  auto en = model->MakeField<GoldenEnum>("en");
  auto var = model->MakeField<std::variant<std::int32_t, double>>("var");
  auto half = std::make_unique<RField<float>>("half");
  half->SetHalfPrecision();
  model->AddField(std::move(half));
  auto trunc = std::make_unique<RField<float>>("trunc");
  trunc->SetTruncated(17);
  model->AddField(std::move(trunc));
  auto quant = std::make_unique<RField<float>>("quant");
  quant->SetQuantized(13, {-3.0f, 5.0f});
  model->AddField(std::move(quant));
  RNTupleWriteOptions options;
  options.SetCompression(compression);
  options.SetMaxUnzippedPageSize(256);
  options.SetInitialUnzippedPageSize(64);
  options.SetEnablePageChecksums(compression != 0);
  auto half_ = model->GetDefaultEntry().GetPtr<float>("half");
  auto trunc_ = model->GetDefaultEntry().GetPtr<float>("trunc");
  auto quant_ = model->GetDefaultEntry().GetPtr<float>("quant");
  std::uint64_t state = 12345;
  auto next = [&]() { state = state * 6364136223846793005ull + 1442695040888963407ull; return state; };
  auto real = [&]() { return double(next() >> 11) / double(1ull << 53); };
  auto file = std::unique_ptr<TFile>(TFile::Open(path, "RECREATE"));
  {
    auto writer = RNTupleWriter::Append(std::move(model), "ntuple", *file, options);
    std::shared_ptr<float> late;
    std::shared_ptr<std::vector<int>> lateList;
    for (int i = 0; i < entries; ++i) {
      *b = i % 3 == 0; *c = 'a' + i % 26; *by = std::byte(i); *i8 = next(); *u8 = next(); *i16 = next();
      *u16 = next(); *i32 = next(); *u32 = next(); *i64 = next(); *u64 = next();
      *f32 = 10 * real() - 5; *f64 = 100 * real();
      *s = std::string(i % 11, 'x') + (i % 4 ? "" : "\u00b5");
      vf->clear(); vb->clear(); vvi->clear(); vs->clear();
      for (unsigned j = 0; j < next() % 5; ++j) { vf->push_back(real()); vs->push_back(std::string(j, 'y')); }
      for (unsigned j = 0; j < next() % 9; ++j) vb->push_back(j % 2);
      for (unsigned j = 0; j < next() % 4; ++j) vvi->push_back(std::vector<std::int32_t>(j, i));
      *af = {float(i), float(real()), -1}; (*avi)[0].assign(i % 3, i); (*avi)[1].assign(i % 2, -i);
      *aad = {{{1. * i, 2}, {3, 4}, {5, real()}}};
      p->first = real(); p->second.assign(i % 4, i); *tup = {i, std::string(i % 3, 'z'), real()};
      if (i % 2) *opt = float(i); else opt->reset();
      map->clear(); for (int j = 0; j < i % 3; ++j) (*map)["k" + std::to_string(j)] = real();
      *bits = std::bitset<12>(next()); *en = i % 2 ? GoldenEnum::kA : GoldenEnum::kB;
      if (i % 2) *var = i; else *var = real();
      *half_ = 10 * real() - 5; *trunc_ = real(); *quant_ = 8 * real() - 3;
      if (grow && i == entries / 2) {
        auto updater = writer->CreateModelUpdater();
        updater->BeginUpdate();
        late = updater->MakeField<float>("late");
        lateList = updater->MakeField<std::vector<int>>("lateList");
        updater->CommitUpdate();
      }
      if (late) { *late = i; lateList->assign(i % 3, i); }
      writer->Fill();
      if (grow && i % 7 == 6) writer->CommitCluster(i % 14 == 13);
    }
  }
}
