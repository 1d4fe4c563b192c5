# SPDX-License-Identifier: GPL-3.0-or-later
# Target headroom::torch: LibTorch 1.13 or newer from CMAKE_PREFIX_PATH or the system. Its own CMake package may ask for a
# CUDA toolkit that the machine lacks, so the headers and libraries are looked up directly.
if(DEFINED Torch_DIR)
  get_filename_component(HEADROOM_TORCH_ROOT ${Torch_DIR}/../../.. ABSOLUTE)
endif()
find_path(TORCH_INCLUDE_DIR torch/script.h HINTS ${HEADROOM_TORCH_ROOT} PATH_SUFFIXES include REQUIRED)
find_path(TORCH_API_INCLUDE_DIR torch/torch.h HINTS ${HEADROOM_TORCH_ROOT} ${TORCH_INCLUDE_DIR}
          PATH_SUFFIXES include/torch/csrc/api/include torch/csrc/api/include REQUIRED)
foreach(name torch torch_cpu c10)
  find_library(TORCH_LIBRARY_${name} ${name} HINTS ${HEADROOM_TORCH_ROOT} ${TORCH_INCLUDE_DIR}/.. PATH_SUFFIXES lib REQUIRED)
endforeach()
foreach(name torch_cuda c10_cuda)
  find_library(TORCH_LIBRARY_${name} ${name} HINTS ${HEADROOM_TORCH_ROOT} ${TORCH_INCLUDE_DIR}/.. PATH_SUFFIXES lib)
endforeach()

add_library(headroom_torch INTERFACE)
add_library(headroom::torch ALIAS headroom_torch)
target_include_directories(headroom_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIR} ${TORCH_API_INCLUDE_DIR})
target_link_libraries(headroom_torch INTERFACE ${TORCH_LIBRARY_torch} ${TORCH_LIBRARY_torch_cpu} ${TORCH_LIBRARY_c10})
if(TORCH_LIBRARY_torch_cuda AND TORCH_LIBRARY_c10_cuda)
  # Registered by its constructors: the linker must keep it although no symbol of it is named.
  target_link_libraries(headroom_torch INTERFACE -Wl,--no-as-needed ${TORCH_LIBRARY_torch_cuda} -Wl,--as-needed ${TORCH_LIBRARY_c10_cuda})
  find_package(CUDAToolkit QUIET)  # events, device memory and name, profiling ranges
  if(CUDAToolkit_FOUND)
    target_link_libraries(headroom_torch INTERFACE CUDA::cudart)
    target_compile_definitions(headroom_torch INTERFACE HEADROOM_CUDA)
  endif()
endif()

# Debian's alternatives may pick the pthread build of OpenBLAS, which is slower on two threads than on one beside
# LibTorch's OpenMP threads. An old-style rpath is searched before them and by every library that the program loads.
file(GLOB HEADROOM_OPENBLAS_OPENMP /usr/lib/*/openblas-openmp)
if(HEADROOM_OPENBLAS_OPENMP)
  target_link_options(headroom_torch INTERFACE -Wl,--disable-new-dtags,-rpath,${HEADROOM_OPENBLAS_OPENMP})
endif()
