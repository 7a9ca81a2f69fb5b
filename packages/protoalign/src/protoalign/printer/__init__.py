"""Contract to .proto text: any FileDescriptorProto, printed so that compiling the text gives the descriptor back.

Pure functions from descriptors to text, without files or processes; `protoalign.prove` judges the text with compilers.
What no text can express raises `PrintError`; nothing is left out silently.
"""

from protoalign.printer.file import print_contract, print_file
from protoalign.printer.file_options import contract_with_file_options
from protoalign.printer.settings import PrintOptions

__all__ = ["PrintOptions", "contract_with_file_options", "print_contract", "print_file"]
