#include "services/tasks/evidence/picture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <png.h>
#include <webp/decode.h>
#include <webp/encode.h>
#include <webp/mux.h>
#include <zlib.h>

#include <cstdlib>
#include <random>

#include "tests/support/phone/camera.h"

namespace gridwork::tasks {
namespace {

using gridwork::testing::CameraExif;
using gridwork::testing::JpegPixels;
using gridwork::testing::kCameraSecrets;
using gridwork::testing::TakePhoto;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::string_view_literals;

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

void ExpectNoSecrets(const std::string& bytes) {
  for (std::string_view secret : kCameraSecrets) EXPECT_EQ(bytes.find(secret), bytes.npos) << secret;
}

// The picture that is kept: one that was taken.
Picture Kept(std::string_view bytes) {
  auto out = StripPicture(bytes);
  EXPECT_TRUE(out.has_value());
  return out.value_or(Picture{});
}

// ---- JPEG

TEST(StripJpegTest, KeepsPixelsAndOrientationAndNothingElse) {
  const std::string photo = TakePhoto({.width = 320, .height = 240, .orientation = 6});
  for (std::string_view secret : kCameraSecrets) ASSERT_NE(photo.find(secret), photo.npos) << secret;
  const Picture kept = Kept(photo);
  EXPECT_EQ(kept.content_type, "image/jpeg");
  ExpectNoSecrets(kept.bytes);
  EXPECT_THAT(kept.bytes, Not(HasSubstr("MPF")));
  EXPECT_EQ(JpegPixels(kept.bytes), JpegPixels(photo));
  EXPECT_FALSE(JpegPixels(kept.bytes).empty());
  EXPECT_THAT(kept.bytes, HasSubstr("Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"sv));
  EXPECT_EQ(kept.bytes.substr(kept.bytes.size() - 2), "\xff\xd9");
}

TEST(StripJpegTest, APictureThatIsUprightNeedsNoExif) {
  EXPECT_THAT(Kept(TakePhoto({.width = 64, .height = 64, .orientation = 1})).bytes, Not(HasSubstr("Exif")));
}

TEST(StripJpegTest, WhatIsKeptStaysAsItIs) {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const Picture once = Kept(TakePhoto({.width = 64, .height = 48, .orientation = orientation}));
    EXPECT_EQ(Kept(once.bytes).bytes, once.bytes) << orientation;
  }
}

// After the first two bytes of a picture.
std::string With(const std::string& jpeg, const std::string& segment) {
  return jpeg.substr(0, 2) + segment + jpeg.substr(2);
}
std::string SegmentOf(char marker, std::string_view content) {
  return std::string("\xff") + marker + static_cast<char>((content.size() + 2) >> 8) +
         static_cast<char>(content.size() + 2) + std::string(content);
}

TEST(StripJpegTest, KeepsColourAndDropsPreviewsOfJfif) {
  const std::string plain = Kept(TakePhoto({.width = 64, .height = 64, .orientation = 1})).bytes;
  const std::string profile = SegmentOf('\xe2',
                                        "ICC_PROFILE\0\x01\x01"
                                        "colours"sv);
  EXPECT_THAT(Kept(With(plain, profile)).bytes, HasSubstr(profile));
  const std::string adobe = SegmentOf('\xee', "Adobe\0d\0\0\0\0\x01"sv);
  EXPECT_THAT(Kept(With(plain, adobe)).bytes, HasSubstr(adobe));
  const std::string preview = SegmentOf('\xe0', "JFIF\0\x01\x02\0\0\x01\0\x01\x02\x02GRIDCAMGRIDC"sv);
  const std::string kept = Kept(With(plain, preview)).bytes;
  EXPECT_THAT(kept, HasSubstr(SegmentOf('\xe0', "JFIF\0\x01\x02\0\0\x01\0\x01\0\0"sv)));
  ExpectNoSecrets(kept);
  EXPECT_EQ(JpegPixels(kept), JpegPixels(plain));
  EXPECT_EQ(Kept(With(plain, SegmentOf('\xe0', "JFXX\0\x10GRIDCAM"sv))).bytes, plain);
}

TEST(StripJpegTest, DropsCommentsBetweenScans) {
  const std::string plain = Kept(TakePhoto({.width = 64, .height = 64, .orientation = 1})).bytes;
  std::string hidden = plain;
  hidden.insert(plain.size() - 2, SegmentOf('\xfe', "OWNER-OF-PHONE") + SegmentOf('\xe5', "41.8781N"));
  EXPECT_EQ(Kept(hidden).bytes, plain);
}

TEST(StripJpegTest, EveryCutIsRefused) {
  const std::string plain = Kept(TakePhoto({.width = 64, .height = 64})).bytes;
  for (size_t size = 0; size < plain.size(); ++size)
    EXPECT_FALSE(StripPicture(std::string_view(plain).substr(0, size))) << size;
}

// ---- PNG

std::string Crc(std::string_view body) {
  const auto crc = static_cast<uint32_t>(crc32(0, Bytes(body), static_cast<uInt>(body.size())));
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(crc >> shift));
  return out;
}
std::string PngChunk(std::string_view type, std::string_view content) {
  std::string length;
  for (int shift = 24; shift >= 0; shift -= 8) length.push_back(static_cast<char>(content.size() >> shift));
  const std::string body = std::string(type) + std::string(content);
  return length + body + Crc(body);
}

constexpr int kSide = 40;
std::string Noise() {
  std::mt19937 random(1);
  std::string out(kSide * kSide * 3, '\0');
  for (char& value : out) value = static_cast<char>(random());
  return out;
}

std::string PlainPng() {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = image.height = kSide;
  image.format = PNG_FORMAT_RGB;
  png_alloc_size_t size = 0;
  const std::string pixels = Noise();
  png_image_write_to_memory(&image, nullptr, &size, 0, pixels.data(), 0, nullptr);
  std::string out(size, '\0');
  EXPECT_TRUE(png_image_write_to_memory(&image, out.data(), &size, 0, pixels.data(), 0, nullptr));
  out.resize(size);
  return out;
}

std::string PngPixels(std::string_view png) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  if (!png_image_begin_read_from_memory(&image, png.data(), png.size())) return "";
  image.format = PNG_FORMAT_RGB;
  std::string out(PNG_IMAGE_SIZE(image), '\0');
  return png_image_finish_read(&image, nullptr, out.data(), 0, nullptr) ? out : "";
}

// With these chunks after the header, or before the end.
std::string PngWith(const std::string& after_header, const std::string& before_end = "") {
  constexpr size_t kHeader = 8 + 25, kEnd = 12;
  std::string out = PlainPng();
  out.insert(out.size() - kEnd, before_end);
  out.insert(kHeader, after_header);
  return out;
}

TEST(StripPngTest, KeepsPixelsAndOrientationAndNothingElse) {
  const std::string photo =
      PngWith(PngChunk("tEXt", "Author\0OWNER-OF-PHONE"sv) +
                  PngChunk("iTXt", "XML:com.adobe.xmp\0\0\0\0\0 41.8781N"sv) +
                  PngChunk("zTXt", "Comment\0\0GRIDCAM"sv) + PngChunk("tIME", "2026:11:23") +
                  PngChunk("eXIf", CameraExif(8)) + PngChunk("gAMA", std::string("\0\0\xb1\x8f"sv)),
              PngChunk("prVt", "GRIDCAM")) +
      "after the end: OWNER-OF-PHONE";
  ASSERT_EQ(PngPixels(photo), Noise());
  const Picture kept = Kept(photo);
  EXPECT_EQ(kept.content_type, "image/png");
  ExpectNoSecrets(kept.bytes);
  EXPECT_EQ(PngPixels(kept.bytes), Noise());
  EXPECT_THAT(kept.bytes, HasSubstr("gAMA"));
  EXPECT_THAT(kept.bytes, HasSubstr("eXIfMM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x08"sv));
  EXPECT_EQ(Kept(kept.bytes).bytes, kept.bytes);
}

TEST(StripPngTest, APlainOneStaysAsItIs) { EXPECT_EQ(Kept(PlainPng()).bytes, PlainPng()); }

TEST(StripPngTest, WhatIsBrokenOrMovesIsRefused) {
  const std::string plain = PlainPng();
  for (size_t size = 0; size < plain.size(); ++size)
    EXPECT_FALSE(StripPicture(std::string_view(plain).substr(0, size))) << size;
  for (size_t at = 8; at < plain.size(); at += 7) {
    std::string broken = plain;
    broken[at] = static_cast<char>(broken[at] ^ 1);
    EXPECT_FALSE(StripPicture(broken)) << at;
  }
  EXPECT_FALSE(StripPicture(PngWith(PngChunk("acTL", "\0\0\0\x02\0\0\0\0"sv))));
  EXPECT_FALSE(StripPicture(PngWith(PngChunk("XYZW", "must be understood"))));
}

// ---- WebP

std::string PlainWebp() {
  uint8_t* bytes = nullptr;
  const size_t size = WebPEncodeLosslessRGB(Bytes(Noise()), kSide, kSide, kSide * 3, &bytes);
  std::string out(reinterpret_cast<char*>(bytes), size);
  WebPFree(bytes);
  return out;
}

std::string WebpPixels(std::string_view webp) {
  int width = 0, height = 0;
  uint8_t* pixels = WebPDecodeRGB(Bytes(webp), webp.size(), &width, &height);
  if (pixels == nullptr) return "";
  std::string out(reinterpret_cast<char*>(pixels), static_cast<size_t>(width) * static_cast<size_t>(height) * 3);
  WebPFree(pixels);
  return out;
}

std::string WebpWith(const std::vector<std::pair<const char*, std::string>>& chunks) {
  const std::string plain = PlainWebp();
  WebPData image{Bytes(plain), plain.size()};
  WebPMux* mux = WebPMuxCreate(&image, 1);
  for (const auto& [type, content] : chunks) {
    WebPData data{Bytes(content), content.size()};
    EXPECT_EQ(WebPMuxSetChunk(mux, type, &data, 1), WEBP_MUX_OK);
  }
  WebPData made{};
  EXPECT_EQ(WebPMuxAssemble(mux, &made), WEBP_MUX_OK);
  std::string out(reinterpret_cast<const char*>(made.bytes), made.size);
  WebPDataClear(&made);
  WebPMuxDelete(mux);
  return out;
}

TEST(StripWebpTest, KeepsPixelsAndOrientationAndNothingElse) {
  const std::string photo = WebpWith({{"EXIF", CameraExif(3)},
                                      {"XMP ", "<x>OWNER-OF-PHONE 41.8781N</x>"},
                                      {"ICCP", "colours"},
                                      {"GRID", "GRIDCAM"}}) +
                            "after the end: GRIDCAM";
  ASSERT_EQ(WebpPixels(photo), Noise());
  const Picture kept = Kept(photo);
  EXPECT_EQ(kept.content_type, "image/webp");
  ExpectNoSecrets(kept.bytes);
  EXPECT_THAT(kept.bytes, HasSubstr("colours"));
  EXPECT_EQ(WebpPixels(kept.bytes), Noise());

  WebPData data{Bytes(kept.bytes), kept.bytes.size()}, exif{};
  WebPMux* mux = WebPMuxCreate(&data, 1);
  ASSERT_NE(mux, nullptr) << "its flags and its chunks must agree";
  uint32_t flags = 0;
  EXPECT_EQ(WebPMuxGetFeatures(mux, &flags), WEBP_MUX_OK);
  EXPECT_EQ(flags & (EXIF_FLAG | XMP_FLAG | ICCP_FLAG), static_cast<uint32_t>(EXIF_FLAG | ICCP_FLAG));
  EXPECT_EQ(WebPMuxGetChunk(mux, "EXIF", &exif), WEBP_MUX_OK);
  EXPECT_EQ(exif.size, 26u);
  WebPMuxDelete(mux);
  EXPECT_EQ(Kept(kept.bytes).bytes, kept.bytes);
}

TEST(StripWebpTest, APlainOneStaysAsItIs) { EXPECT_EQ(Kept(PlainWebp()).bytes, PlainWebp()); }

TEST(StripWebpTest, WhatIsCutOrMovesIsRefused) {
  const std::string plain = PlainWebp();
  for (size_t size = 0; size < plain.size(); ++size)
    EXPECT_FALSE(StripPicture(std::string_view(plain).substr(0, size))) << size;
  std::string moving = WebpWith({{"XMP ", "x"}});
  moving[20] = static_cast<char>(moving[20] | 0x02);
  EXPECT_FALSE(StripPicture(moving));
}

// ---- anything

TEST(StripPictureTest, OtherTypesAreRefused) {
  for (std::string_view other :
       {""sv, "\xff\xd8\xff"sv, "\xff\xd8\xff\xd9"sv, "GIF89a"sv, "%PDF-1.4"sv, "II*\0 a TIFF"sv,
        "\0\0\0\x18"
        "ftypheic\0\0\0\0mif1heic"sv,
        "RIFF\x04\0\0\0WAVE"sv, "RIFF\x04\0\0\0WEBP"sv, "<html>"sv,
        "\x7f"
        "ELF"sv})
    EXPECT_FALSE(StripPicture(other)) << other;
}

// What anybody may send: no input may crash it, and no secret may stay in what it lets pass. Run with a sanitizer, this
// is where it would be seen.
TEST(StripPictureTest, MutantsNeitherCrashNorKeepSecrets) {
  const std::string seeds[] = {TakePhoto({.width = 48, .height = 48}), PngWith(PngChunk("eXIf", CameraExif(5))),
                               WebpWith({{"EXIF", CameraExif(3)}, {"XMP ", "<x>GRIDCAM</x>"}})};
  std::mt19937 random(7);
  auto roll = [&](size_t sides) { return static_cast<size_t>(random()) % sides; };
  int passed = 0;
  for (int i = 0; i < 30'000; ++i) {
    std::string mutant = seeds[i % 3];
    for (size_t n = 1 + roll(4); n > 0; --n) {
      // Mostly at the front, where the structure is.
      const size_t at = roll(2) == 0 ? roll(std::min<size_t>(mutant.size(), 700)) : roll(mutant.size());
      switch (roll(4)) {
        case 0:
          mutant[at] = static_cast<char>(random());
          break;
        case 1:
          mutant[at] = "\0\xff\x7f\x80"[roll(4)];
          break;
        case 2:
          mutant.erase(at, 1 + roll(40));
          break;
        default:
          mutant.insert(at, mutant.substr(roll(mutant.size()), roll(40)));
      }
      if (mutant.empty()) mutant = "x";
    }
    auto kept = StripPicture(mutant);
    if (!kept) continue;
    ++passed;
    EXPECT_LE(kept->bytes.size(), mutant.size() + 64);
    auto again = StripPicture(kept->bytes);
    ASSERT_TRUE(again) << "what was let pass is a picture";
    EXPECT_EQ(again->bytes, kept->bytes);
  }
  EXPECT_GT(passed, 1'000);
}

}  // namespace
}  // namespace gridwork::tasks
