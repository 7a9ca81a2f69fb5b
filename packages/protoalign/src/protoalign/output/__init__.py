"""Writing: all or nothing, and never over a file that protoalign did not write."""

from protoalign.output.exchange import exchange
from protoalign.output.files import (
    STAMP_COMMENT,
    Written,
    compare_tree,
    interrupts_wait,
    is_stamped,
    output_error,
    path_below,
    scratch_folder,
    stamp,
    write_file,
    write_synced,
    write_tree,
)
from protoalign.output.folders import replace_folders
from protoalign.output.places import shown_path

__all__ = [
    "STAMP_COMMENT",
    "Written",
    "compare_tree",
    "exchange",
    "interrupts_wait",
    "is_stamped",
    "output_error",
    "path_below",
    "replace_folders",
    "scratch_folder",
    "shown_path",
    "stamp",
    "write_file",
    "write_synced",
    "write_tree",
]
