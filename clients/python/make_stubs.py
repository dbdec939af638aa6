#!/usr/bin/env python3
"""Makes Python stubs of the platform's protos in the folder platform_stubs beside this file.

Needs Debian's protobuf-compiler-grpc (protoc and grpc_python_plugin) and python3-protobuf. protoc would call the
package `platform`, which is a module of Python's own, so it is renamed.
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from google.protobuf import descriptor_pb2, struct_pb2, timestamp_pb2

HERE = pathlib.Path(__file__).resolve().parent
PROTOS = HERE.parent.parent / "protos"
TARGET = HERE / "platform_stubs"


def main() -> int:
    plugin = shutil.which("grpc_python_plugin")
    if not plugin or not shutil.which("protoc"):
        print("protoc or grpc_python_plugin is missing: apt-get install protobuf-compiler-grpc", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        # The well-known types' files are in a development package; Python has them compiled in.
        known = descriptor_pb2.FileDescriptorSet()
        for module in (timestamp_pb2, struct_pb2):
            module.DESCRIPTOR.CopyToProto(known.file.add())
        known_path = pathlib.Path(folder) / "known.pb"
        known_path.write_bytes(known.SerializeToString())
        files = [str(path.relative_to(PROTOS)) for path in sorted(PROTOS.glob("platform/**/*.proto"))]
        subprocess.run(
            [
                "protoc",
                f"--proto_path={PROTOS}",
                f"--descriptor_set_in={known_path}",
                f"--python_out={folder}",
                f"--grpc_python_out={folder}",
                f"--plugin=protoc-gen-grpc_python={plugin}",
                *files,
            ],
            check=True,
        )
        made = pathlib.Path(folder) / "platform"
        for path in made.rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            path.write_text(re.sub(r"^from platform\.", "from platform_stubs.", text, flags=re.M), encoding="utf-8")
        shutil.rmtree(TARGET, ignore_errors=True)
        shutil.copytree(made, TARGET)
    print(f"{len(files)} protos -> {TARGET}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
