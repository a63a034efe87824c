# SPDX-License-Identifier: MIT
"""The networks of the project in PyTorch: the judges of the C++ networks of the same names."""
