# SPDX-License-Identifier: GPL-3.0-or-later
include(GNUInstallDirs)
install(TARGETS headroom-cli RUNTIME)
if(BUILD_GUI)
  install(TARGETS headroom-gui RUNTIME)
endif()
install(DIRECTORY sample_models/ DESTINATION ${CMAKE_INSTALL_DATADIR}/headroom/sample_models)
