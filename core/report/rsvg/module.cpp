// SPDX-License-Identifier: GPL-3.0-or-later
#include <cairo-pdf.h>
#include <librsvg/rsvg.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "core/report/rsvg/library.h"

namespace headroom {

namespace {

constexpr double kMostPixels = 30000;  // cairo holds 32767 a side

struct Size {
  double width = 0, height = 0;  ///< inches
};

double inches(const RsvgLength& length) {
  switch (length.unit) {
    case RSVG_UNIT_MM: return length.length / 25.4;
    case RSVG_UNIT_CM: return length.length / 2.54;
    case RSVG_UNIT_IN: return length.length;
    case RSVG_UNIT_PT: return length.length / 72;
    default: return length.length / 96;
  }
}

/// The picture's own width; the height follows from its view box.
Size sizeOf(RsvgHandle* handle) {
  gboolean hasWidth = FALSE, hasHeight = FALSE, hasBox = FALSE;
  RsvgLength width{}, height{};
  RsvgRectangle box{};
  rsvg_handle_get_intrinsic_dimensions(handle, &hasWidth, &width, &hasHeight, &height, &hasBox, &box);
  Size size;
  size.width = hasWidth && width.unit != RSVG_UNIT_PERCENT ? inches(width) : box.width / 96;
  size.height = hasBox ? size.width * box.height / box.width : inches(height);
  return size;
}

cairo_status_t append(void* to, const unsigned char* data, unsigned int length) {
  static_cast<std::string*>(to)->append(reinterpret_cast<const char*>(data), length);
  return CAIRO_STATUS_SUCCESS;
}

using Surface = std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)>;

Surface surfaceFor(const std::string& format, const Size& size, double dpi, std::string& bytes) {
  if (format == "pdf")
    return {cairo_pdf_surface_create_for_stream(append, &bytes, 72 * size.width, 72 * size.height),
            cairo_surface_destroy};
  const auto pixels = [dpi](double length) { return static_cast<int>(std::ceil(length * dpi - 1e-6)); };
  return {cairo_image_surface_create(CAIRO_FORMAT_ARGB32, pixels(size.width), pixels(size.height)),
          cairo_surface_destroy};
}

std::string drawOn(cairo_surface_t* surface, RsvgHandle* handle, const Size& size, double unitsPerInch) {
  const std::unique_ptr<cairo_t, decltype(&cairo_destroy)> cairo(cairo_create(surface), cairo_destroy);
  const RsvgRectangle page{0, 0, unitsPerInch * size.width, unitsPerInch * size.height};
  GError* error = nullptr;
  if (rsvg_handle_render_document(handle, cairo.get(), &page, &error))
    return cairo_status_to_string(cairo_status(cairo.get()));
  const std::string complaint = error != nullptr ? error->message : "librsvg could not draw it";
  g_clear_error(&error);
  return complaint;
}

class Rsvg final : public RsvgLibrary {
 public:
  std::string draw(const std::string& svg, const std::string& format, double dpi, std::string& bytes) override {
    GError* error = nullptr;
    const std::unique_ptr<RsvgHandle, decltype(&g_object_unref)> handle(
        rsvg_handle_new_from_data(reinterpret_cast<const guint8*>(svg.data()), svg.size(), &error), g_object_unref);
    if (error != nullptr) {
      const std::string complaint = error->message;
      g_clear_error(&error);
      return complaint;
    }
    const Size size = sizeOf(handle.get());
    const bool vectors = format == "pdf";
    if (!vectors && std::max(size.width, size.height) * dpi > kMostPixels)
      return "too many pixels; choose a smaller width or fewer dots per inch";
    const Surface surface = surfaceFor(format, size, dpi, bytes);
    if (const std::string done = drawOn(surface.get(), handle.get(), size, vectors ? 72 : dpi); done != fine())
      return done;
    if (vectors) {
      cairo_surface_finish(surface.get());
    } else {
      cairo_surface_write_to_png_stream(surface.get(), append, &bytes);
    }
    const std::string done = cairo_status_to_string(cairo_surface_status(surface.get()));
    return done == fine() ? std::string() : done;
  }

 private:
  static std::string fine() { return cairo_status_to_string(CAIRO_STATUS_SUCCESS); }
};

}  // namespace

}  // namespace headroom

extern "C" __attribute__((visibility("default"))) headroom::RsvgLibrary* headroomMakeRsvg() {
  return new headroom::Rsvg;
}
