#include "services/tasks/evidence/picture.h"

#include <zlib.h>

#include <algorithm>
#include <cstdint>

namespace gridwork::tasks {
namespace {

using namespace std::string_view_literals;

// ---- numbers in bytes; the callers have looked at the size

uint32_t Big(std::string_view bytes, size_t size) {
  uint32_t out = 0;
  for (size_t i = 0; i < size; ++i) out = out << 8 | static_cast<uint8_t>(bytes[i]);
  return out;
}

uint32_t Little(std::string_view bytes, size_t size) {
  uint32_t out = 0;
  for (size_t i = size; i > 0; --i) out = out << 8 | static_cast<uint8_t>(bytes[i - 1]);
  return out;
}

std::string ToBig(uint32_t number, size_t size) {
  std::string out;
  for (size_t i = size; i > 0; --i) out.push_back(static_cast<char>(number >> (8 * (i - 1))));
  return out;
}

std::string ToLittle(uint32_t number) {
  std::string out = ToBig(number, 4);
  std::reverse(out.begin(), out.end());
  return out;
}

// ---- EXIF

constexpr uint32_t kOrientation = 0x0112;
constexpr auto kExif = "Exif\0\0"sv;

// How the camera was held, from the TIFF structure of an EXIF block: 2 to 8, or 0 when it says nothing else than
// upright.
int OrientationOf(std::string_view tiff) {
  if (tiff.starts_with(kExif)) tiff.remove_prefix(kExif.size());
  if (tiff.size() < 8) return 0;
  const bool big = tiff.starts_with("MM\0*"sv);
  if (!big && !tiff.starts_with("II*\0"sv)) return 0;
  auto number = [&](size_t at, size_t size) {
    if (at > tiff.size() || tiff.size() - at < size) return uint32_t{0};
    return big ? Big(tiff.substr(at), size) : Little(tiff.substr(at), size);
  };
  constexpr size_t kEntry = 12;
  const size_t directory = number(4, 4);
  const size_t entries = number(directory, 2);
  for (size_t i = 0; i < entries; ++i) {
    const size_t at = directory + 2 + i * kEntry;
    if (at + kEntry > tiff.size()) return 0;
    if (number(at, 2) != kOrientation) continue;
    const uint32_t value = number(at + 8, 2);
    return value >= 2 && value <= 8 ? static_cast<int>(value) : 0;
  }
  return 0;
}

// A TIFF structure that says only that.
std::string TiffWith(int orientation) {
  return std::string("MM\0*\0\0\0\x08"sv) + ToBig(1, 2) +                           // one directory with one entry,
         ToBig(kOrientation, 2) + ToBig(3, 2) + ToBig(1, 4) +                       // a short number,
         ToBig(static_cast<uint32_t>(orientation), 2) + ToBig(0, 2) + ToBig(0, 4);  // no further directory
}

// ---- JPEG: segments of a marker (0xff and a code), two bytes of length and content; after "start of scan" the pixels,
// to the next marker.

enum Marker : uint8_t {
  kRestart0 = 0xd0,
  kRestart7 = 0xd7,
  kStart = 0xd8,
  kEnd = 0xd9,
  kScan = 0xda,
  kApp0 = 0xe0,
  kApp1 = 0xe1,
  kApp2 = 0xe2,
  kApp14 = 0xee,
  kApp15 = 0xef,
  kComment = 0xfe,
};

bool IsFrame(uint8_t marker) { return marker >= 0xc0 && marker <= 0xc2; }  // baseline, extended, progressive

// Tables: Huffman, quantisation, number of lines, restart interval.
bool IsTable(uint8_t marker) { return marker == 0xc4 || (marker >= 0xdb && marker <= 0xdd); }

std::string Segment(uint8_t marker, std::string_view content) {
  std::string out = {'\xff', static_cast<char>(marker)};
  return out + ToBig(static_cast<uint32_t>(content.size() + 2), 2) + std::string(content);
}

// What is kept of a segment that an application wrote.
std::string KeptOfApp(uint8_t marker, std::string_view content) {
  constexpr size_t kJfif = 14;  // without the preview that may follow
  constexpr size_t kAdobe = 12;
  if (marker == kApp0 && content.starts_with("JFIF\0"sv) && content.size() >= kJfif)
    return Segment(marker, std::string(content.substr(0, kJfif - 2)) + std::string(2, '\0'));
  if (marker == kApp2 && content.starts_with("ICC_PROFILE\0"sv)) return Segment(marker, content);
  if (marker == kApp14 && content.starts_with("Adobe"sv) && content.size() >= kAdobe)
    return Segment(marker, content.substr(0, kAdobe));
  return "";
}

// Where the pixels of a scan end: at the next marker that is none of theirs.
size_t EndOfScan(std::string_view bytes, size_t at) {
  for (;;) {
    at = bytes.find('\xff', at);
    if (at == bytes.npos || at + 1 >= bytes.size()) return bytes.npos;
    const auto next = static_cast<uint8_t>(bytes[at + 1]);
    if (next != 0 && (next < kRestart0 || next > kRestart7)) return at;
    at += 2;
  }
}

std::optional<std::string> StripJpeg(std::string_view bytes) {
  std::string jfif, rest;
  int orientation = 0;
  bool frame = false, scan = false;
  for (size_t at = 2;;) {
    if (at + 1 >= bytes.size() || bytes[at] != '\xff') return std::nullopt;
    const auto marker = static_cast<uint8_t>(bytes[at + 1]);
    if (marker == 0xff) {  // padding
      ++at;
      continue;
    }
    if (marker == kEnd) break;
    if (at + 4 > bytes.size()) return std::nullopt;
    const size_t length = Big(bytes.substr(at + 2), 2);
    if (length < 2 || at + 2 + length > bytes.size()) return std::nullopt;
    const std::string_view content = bytes.substr(at + 4, length - 2);
    size_t next = at + 2 + length;
    if (marker >= kApp0 && marker <= kApp15) {
      if (marker == kApp1 && content.starts_with(kExif) && orientation == 0) orientation = OrientationOf(content);
      std::string& to = marker == kApp0 ? jfif : rest;
      if (marker != kApp0 || jfif.empty()) to += KeptOfApp(marker, content);
    } else if (marker == kScan) {
      next = EndOfScan(bytes, next);
      if (!frame || next == bytes.npos) return std::nullopt;
      rest += bytes.substr(at, next - at);
      scan = true;
    } else if (IsFrame(marker) || IsTable(marker)) {
      frame = frame || IsFrame(marker);
      rest += bytes.substr(at, next - at);
    } else if (marker != kComment) {
      return std::nullopt;
    }
    at = next;
  }
  if (!scan) return std::nullopt;
  const std::string exif = orientation ? Segment(kApp1, std::string(kExif) + TiffWith(orientation)) : "";
  return "\xff\xd8" + jfif + exif + rest + "\xff\xd9";
}

// ---- PNG: chunks of length, type, content and checksum.

constexpr auto kPng = "\x89PNG\r\n\x1a\n"sv;

uint32_t Crc(std::string_view bytes) {
  return static_cast<uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

std::string Chunk(std::string_view type, const std::string& content) {
  const std::string body = std::string(type) + content;
  return ToBig(static_cast<uint32_t>(content.size()), 4) + body + ToBig(Crc(body), 4);
}

bool IsKeptChunk(std::string_view type) {
  constexpr std::string_view kKept[] = {"IHDR", "PLTE", "IDAT", "tRNS", "gAMA", "cHRM",
                                        "sRGB", "iCCP", "cICP", "sBIT", "bKGD", "pHYs"};
  return std::find(std::begin(kKept), std::end(kKept), type) != std::end(kKept);
}

std::optional<std::string> StripPng(std::string_view bytes) {
  constexpr size_t kFrame = 12;  // of a chunk: length, type, checksum
  std::string out(kPng);
  int orientation = 0;
  bool pixels = false;
  for (size_t at = kPng.size(); at + kFrame <= bytes.size();) {
    const size_t length = Big(bytes.substr(at), 4);
    if (length > bytes.size() - at - kFrame) return std::nullopt;
    const std::string_view type = bytes.substr(at + 4, 4), content = bytes.substr(at + 8, length);
    if (Crc(bytes.substr(at + 4, 4 + length)) != Big(bytes.substr(at + 8 + length), 4)) return std::nullopt;
    if ((type == "IHDR") != (at == kPng.size())) return std::nullopt;
    if (type == "IEND") {
      if (!pixels) return std::nullopt;
      if (orientation) out += Chunk("eXIf", TiffWith(orientation));
      return out + Chunk("IEND", "");
    }
    if (IsKeptChunk(type)) {
      out += bytes.substr(at, kFrame + length);
      pixels = pixels || type == "IDAT";
    } else if (type == "acTL" || type[0] < 'a') {  // it moves, or must be understood by who shows it
      return std::nullopt;
    } else if (type == "eXIf") {
      orientation = OrientationOf(content);
    }
    at += kFrame + length;
  }
  return std::nullopt;
}

// ---- WebP: a RIFF file; chunks of type, length and content, padded to an even length.

constexpr size_t kRiffHeader = 12;

std::string RiffChunk(std::string_view type, const std::string& content) {
  return std::string(type) + ToLittle(static_cast<uint32_t>(content.size())) + content +
         std::string(content.size() % 2, '\0');
}

std::optional<std::string> StripWebp(std::string_view bytes) {
  constexpr char kHasExif = 0x08, kHasXmp = 0x04, kMoves = 0x02;
  constexpr size_t kExtended = 10, kHeader = 8;
  const size_t end = kHeader + size_t{Little(bytes.substr(4), 4)};
  if (end > bytes.size()) return std::nullopt;
  std::string extended, before, pixels;
  int orientation = 0;
  for (size_t at = kRiffHeader; at + kHeader <= end;) {
    const std::string_view type = bytes.substr(at, 4);
    const size_t length = Little(bytes.substr(at + 4), 4);
    if (length > end - at - kHeader) return std::nullopt;
    const std::string_view content = bytes.substr(at + kHeader, length);
    if (type == "VP8X") {
      if (at != kRiffHeader || length != kExtended || (content[0] & kMoves)) return std::nullopt;
      extended = content;
    } else if (type == "VP8 " || type == "VP8L") {
      if (!pixels.empty() || length == 0) return std::nullopt;
      pixels = RiffChunk(type, std::string(content));
    } else if ((type == "ICCP" || type == "ALPH") && !extended.empty() && pixels.empty()) {
      before += RiffChunk(type, std::string(content));
    } else if (type == "EXIF" && !extended.empty()) {
      orientation = OrientationOf(content);
    } else if (type == "ANIM" || type == "ANMF") {
      return std::nullopt;
    }
    at += kHeader + length + length % 2;
  }
  if (pixels.empty()) return std::nullopt;
  std::string body = "WEBP";
  if (!extended.empty()) {
    extended[0] = static_cast<char>((extended[0] & ~(kHasExif | kHasXmp)) | (orientation ? kHasExif : 0));
    body += RiffChunk("VP8X", extended);
  }
  body += before + pixels;
  if (orientation) body += RiffChunk("EXIF", TiffWith(orientation));
  return "RIFF" + ToLittle(static_cast<uint32_t>(body.size())) + body;
}

}  // namespace

std::optional<Picture> StripPicture(std::string_view bytes) {
  std::optional<std::string> kept;
  const char* type = "";
  if (bytes.starts_with("\xff\xd8\xff"sv)) {
    kept = StripJpeg(bytes);
    type = "image/jpeg";
  } else if (bytes.starts_with(kPng)) {
    kept = StripPng(bytes);
    type = "image/png";
  } else if (bytes.size() > kRiffHeader && bytes.starts_with("RIFF") && bytes.substr(8, 4) == "WEBP") {
    kept = StripWebp(bytes);
    type = "image/webp";
  }
  if (!kept) return std::nullopt;
  return Picture{type, *std::move(kept)};
}

}  // namespace gridwork::tasks
