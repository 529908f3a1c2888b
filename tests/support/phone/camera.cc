#include "tests/support/phone/camera.h"

#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

#include <jpeglib.h>  // wants <cstdio> before it

namespace gridwork::testing {
namespace {

using namespace std::string_view_literals;

std::string Number(uint32_t number, int size) {
  std::string out;
  for (int i = size - 1; i >= 0; --i) out.push_back(static_cast<char>(number >> (8 * i)));
  return out;
}

// One TIFF directory at `offset` of its block, with its texts behind it.
class Directory {
 public:
  explicit Directory(uint32_t offset, uint32_t entries) : data_at_(offset + 2 + 12 * entries + 4) {
    out_ = Number(entries, 2);
  }
  void AddText(uint32_t tag, std::string_view text) {
    out_ += Number(tag, 2) + Number(2, 2) + Number(static_cast<uint32_t>(text.size() + 1), 4) +
            Number(data_at_ + static_cast<uint32_t>(data_.size()), 4);
    data_ += std::string(text) + std::string(1, '\0');
  }
  void AddShort(uint32_t tag, uint32_t value) {
    out_ += Number(tag, 2) + Number(3, 2) + Number(1, 4) + Number(value, 2) + Number(0, 2);
  }
  void AddPointer(uint32_t tag, uint32_t offset) {
    out_ += Number(tag, 2) + Number(4, 2) + Number(1, 4) + Number(offset, 4);
  }
  std::string Finish() const { return out_ + Number(0, 4) + data_; }

 private:
  uint32_t data_at_;
  std::string out_, data_;
};

struct Failure {
  jpeg_error_mgr manager;  // first: libjpeg hands out its address
  std::jmp_buf back;
};

void Fail(j_common_ptr info) { std::longjmp(reinterpret_cast<Failure*>(info->err)->back, 1); }

std::vector<unsigned char> Noise(const Shot& shot) {
  std::mt19937 random(shot.seed);
  std::vector<unsigned char> pixels(static_cast<size_t>(shot.width) * static_cast<size_t>(shot.height) * 3);
  for (unsigned char& value : pixels) value = static_cast<unsigned char>(random() >> 24);
  return pixels;
}

std::string Encode(const Shot& shot, bool with_metadata) {
  jpeg_compress_struct jpeg;
  Failure failure;
  jpeg.err = jpeg_std_error(&failure.manager);
  jpeg_create_compress(&jpeg);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&jpeg, &bytes, &size);
  jpeg.image_width = static_cast<JDIMENSION>(shot.width);
  jpeg.image_height = static_cast<JDIMENSION>(shot.height);
  jpeg.input_components = 3;
  jpeg.in_color_space = JCS_RGB;
  jpeg_set_defaults(&jpeg);
  jpeg_set_quality(&jpeg, 50, TRUE);
  jpeg_start_compress(&jpeg, TRUE);
  if (with_metadata) {
    auto add = [&](int marker, const std::string& content) {
      jpeg_write_marker(&jpeg, marker, reinterpret_cast<const JOCTET*>(content.data()),
                        static_cast<unsigned>(content.size()));
    };
    add(JPEG_APP0 + 1, std::string("Exif\0\0"sv) + CameraExif(shot.orientation));
    add(JPEG_APP0 + 1, std::string("http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>OWNER-OF-PHONE 41.8781N</x:xmpmeta>"sv));
    add(JPEG_APP0 + 2, std::string("MPF\0GRIDCAM"sv));  // where further pictures lie
    add(JPEG_APP0 + 13, std::string("Photoshop 3.0\0"
                                    "8BIM OWNER-OF-PHONE"sv));
    add(JPEG_APP0 + 11, "JP GRIDCAM 2026:11:23");  // what nobody knows
    add(JPEG_COM, "taken by OWNER-OF-PHONE");
  }
  std::vector<unsigned char> pixels = Noise(shot);
  for (JDIMENSION row = 0; row < jpeg.image_height; ++row) {
    JSAMPROW line = pixels.data() + size_t{row} * static_cast<size_t>(shot.width) * 3;
    jpeg_write_scanlines(&jpeg, &line, 1);
  }
  jpeg_finish_compress(&jpeg);
  std::string out(reinterpret_cast<char*>(bytes), size);
  jpeg_destroy_compress(&jpeg);
  std::free(bytes);  // NOLINT(cppcoreguidelines-no-malloc): libjpeg's malloc
  return out;
}

}  // namespace

std::string CameraExif(int orientation) {
  constexpr uint32_t kFirst = 8, kGps = 256;
  Directory first(kFirst, 5);
  first.AddText(0x010f, "GRIDCAM");
  first.AddShort(0x0112, static_cast<uint32_t>(orientation));
  first.AddText(0x0132, "2026:11:23 10:00:00");
  first.AddText(0x8298, "OWNER-OF-PHONE");
  first.AddPointer(0x8825, kGps);
  Directory gps(kGps, 1);
  gps.AddText(0x001b, "41.8781N 87.6298W");
  std::string out = std::string("MM\0*"sv) + Number(kFirst, 4) + first.Finish();
  out.resize(kGps, '\0');
  return out + gps.Finish();
}

std::string TakePhoto(const Shot& shot) {
  Shot preview = shot;
  preview.width = preview.height = 64;
  return Encode(shot, true) + Encode(preview, true);
}

std::string JpegPixels(std::string_view bytes) {
  jpeg_decompress_struct jpeg;
  Failure failure;
  jpeg.err = jpeg_std_error(&failure.manager);
  failure.manager.error_exit = &Fail;
  std::string out;
  jpeg_create_decompress(&jpeg);
  if (setjmp(failure.back) == 0) {  // NOLINT(cert-err52-cpp): how libjpeg reports errors
    jpeg_mem_src(&jpeg, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    jpeg_read_header(&jpeg, TRUE);
    jpeg_start_decompress(&jpeg);
    const size_t line = size_t{jpeg.output_width} * static_cast<size_t>(jpeg.output_components);
    out.resize(line * jpeg.output_height);
    while (jpeg.output_scanline < jpeg.output_height) {
      auto* to = reinterpret_cast<JSAMPROW>(out.data() + line * jpeg.output_scanline);
      jpeg_read_scanlines(&jpeg, &to, 1);
    }
    jpeg_finish_decompress(&jpeg);
    if (failure.manager.num_warnings > 0) out.clear();
  } else {
    out.clear();
  }
  jpeg_destroy_decompress(&jpeg);
  return out;
}

}  // namespace gridwork::testing
