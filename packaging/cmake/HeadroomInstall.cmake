# SPDX-License-Identifier: GPL-3.0-or-later
# Two components, two Debian packages: cli (headroom-cli and the samples) and gui (the window, which needs the samples).
include(GNUInstallDirs)
set(HEADROOM_APP_ID org.headroom.Headroom)
set(linux ${CMAKE_SOURCE_DIR}/packaging/linux)

install(TARGETS headroom-cli RUNTIME COMPONENT cli)
install(TARGETS headroom_sentencepiece LIBRARY DESTINATION lib/headroom COMPONENT cli)
if(HEADROOM_ONNX)
  install(TARGETS headroom_onnx LIBRARY DESTINATION lib/headroom COMPONENT cli)
endif()
if(HEADROOM_RSVG)
  install(TARGETS headroom_rsvg LIBRARY DESTINATION lib/headroom COMPONENT cli)
endif()
install(DIRECTORY sample_models/ DESTINATION ${CMAKE_INSTALL_DATADIR}/headroom/sample_models COMPONENT cli)
install(FILES packaging/man/headroom-cli.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT cli)
install(FILES packaging/completion/headroom-cli.bash RENAME headroom-cli
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT cli)
install(FILES LICENSE RENAME copyright DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/headroom-cli COMPONENT cli)
install(FILES CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/headroom-cli COMPONENT cli)

if(BUILD_GUI)
  install(TARGETS headroom-gui RUNTIME COMPONENT gui)
  install(FILES packaging/man/headroom.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT gui)
  install(FILES ${linux}/${HEADROOM_APP_ID}.desktop DESTINATION ${CMAKE_INSTALL_DATADIR}/applications COMPONENT gui)
  install(FILES ${linux}/${HEADROOM_APP_ID}.metainfo.xml DESTINATION ${CMAKE_INSTALL_DATADIR}/metainfo COMPONENT gui)
  install(FILES ${linux}/${HEADROOM_APP_ID}-mime.xml RENAME ${HEADROOM_APP_ID}.xml
          DESTINATION ${CMAKE_INSTALL_DATADIR}/mime/packages COMPONENT gui)
  install(FILES resources/icons/headroom.svg RENAME ${HEADROOM_APP_ID}.svg
          DESTINATION ${CMAKE_INSTALL_DATADIR}/icons/hicolor/scalable/apps COMPONENT gui)
  install(FILES LICENSE RENAME copyright DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/headroom COMPONENT gui)
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "The Headroom developers")
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR}/packages)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_COMPONENTS_ALL cli)
set(CPACK_DEBIAN_CLI_PACKAGE_NAME headroom-cli)
set(CPACK_DEBIAN_CLI_PACKAGE_DEPENDS libopenblas0-openmp)  # named by our rpath, so shlibdeps cannot see it
set(CPACK_COMPONENT_CLI_DESCRIPTION "Prunes attention heads of transformers: the command line\n"
    "Trains gates on the attention heads of a model, measures what keeping fewer of them costs, writes the pruned model.")
if(BUILD_GUI)
  list(APPEND CPACK_COMPONENTS_ALL gui)
  set(CPACK_DEBIAN_GUI_PACKAGE_NAME headroom)
  set(CPACK_DEBIAN_GUI_PACKAGE_DEPENDS
      "headroom-cli (= ${PROJECT_VERSION}), libopenblas0-openmp, qt6-qpa-plugins, fonts-dejavu-core | fonts-freefont-ttf")
  set(CPACK_DEBIAN_GUI_PACKAGE_RECOMMENDS qt6-wayland)
  set(CPACK_COMPONENT_GUI_DESCRIPTION "Prunes attention heads of transformers: the window\n"
      "Watch a model lose its attention heads, slide how many it keeps and read its accuracy at once.")
endif()
include(CPack)
