# SPDX-License-Identifier: GPL-3.0-or-later
# Everything the project is built from. Qt and QCustomPlot only with BUILD_GUI; the CUDA Toolkit only where it is found.
find_package(Threads REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(HDF5 REQUIRED COMPONENTS C)
find_path(UTF8PROC_INCLUDE_DIR utf8proc.h REQUIRED)
find_library(UTF8PROC_LIBRARY utf8proc REQUIRED)
include(HeadroomTorch)

if(BUILD_TESTING)
  find_package(GTest REQUIRED)
endif()

if(BUILD_GUI)
  find_package(Qt6 6.4 REQUIRED COMPONENTS Core Gui Widgets Svg PrintSupport)
  if(BUILD_TESTING)
    find_package(Qt6 REQUIRED COMPONENTS Test)
  endif()
  find_package(QCustomPlotQt6 REQUIRED)
endif()
