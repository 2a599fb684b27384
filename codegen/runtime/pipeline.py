"""How Numba compiles our functions: LLVM's passes once, without those that find work done.

Nests come with their vectors and their unrolled turns, and count no references. Numba would run
the passes function by function, then over the module, then again, and look for loops to vectorise.
"""

from __future__ import annotations

from typing import Any

from llvmlite import binding
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler

_Library: Any = JITCodeLibrary
_Compiler: Any = Compiler


class Library(_Library):
    """Machine code of one dispatcher."""

    def _optimize_functions(self, ll_module: Any) -> None:
        ll_module.data_layout = self._codegen._data_layout

    def _optimize_final_module(self) -> None:
        options = binding.create_pipeline_tuning_options(speed_level=2)
        options.loop_unrolling = False
        options.loop_vectorization = options.slp_vectorization = False
        builder = binding.create_pass_builder(self._codegen._tm, options)
        builder.getModulePassManager().run(self._final_module, builder)


class OnePass(_Compiler):
    """Numba's compiler, which puts what it makes into a library of this kind."""

    def define_pipelines(self) -> Any:
        state = self.state
        state.library = Library(state.targetctx.codegen(), state.func_id.func_qualname)
        state.library.enable_object_caching()
        return super().define_pipelines()
