#!/usr/bin/env python3
"""Streams a generation: the text appears as it comes; Ctrl-C ends it, and frees its place on the server.

Make the stubs once with make_stubs.py. Needs python3-grpcio and python3-protobuf.
"""

import argparse
import os
import sys

import grpc

from platform_stubs.inference.v1 import inference_service_pb2 as inference
from platform_stubs.inference.v1 import inference_service_pb2_grpc as inference_grpc


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Streams a generation.")
    parser.add_argument("--address", default="localhost:5131", help="the inference service's gRPC endpoint")
    parser.add_argument("--model", required=True, help="runs/<id>, runs/<id>@<step>, runs/<id>@best or path:<folder>")
    parser.add_argument("--prompt", default="", help="what the text follows")
    parser.add_argument("--max-tokens", type=int, default=64)
    parser.add_argument("--temperature", type=float, default=0.8, help="0: always the likeliest token")
    parser.add_argument("--top-k", type=int, default=0, help="choose among the likeliest so many; 0: all")
    parser.add_argument("--seed", type=int, help="the same seed gives the same text")
    parser.add_argument("--stop", action="append", default=[], help="the text ends before this; may be repeated")
    return parser.parse_args()


def main() -> int:
    args = parse()
    request = inference.StreamGenerateRequest(model=args.model, prompt=args.prompt)
    request.sampling.temperature = args.temperature
    request.sampling.top_k = args.top_k
    request.sampling.max_tokens = args.max_tokens
    request.sampling.stop.extend(args.stop)
    if args.seed is not None:
        request.sampling.seed = args.seed
    key = os.environ.get("PLATFORM_API_KEY")
    metadata = [("authorization", f"Bearer {key}")] if key else None
    with grpc.insecure_channel(args.address) as channel:
        call = inference_grpc.InferenceServiceStub(channel).StreamGenerate(request, metadata=metadata)
        try:
            last = None
            for last in call:
                print(last.text, end="", flush=True)
        except KeyboardInterrupt:
            call.cancel()
            print("\n(cancelled)", file=sys.stderr)
            return 130
        except grpc.RpcError as error:
            print(f"\n{error.code().name}: {error.details()}", file=sys.stderr)
            return 1
    usage = last.usage
    print(
        f"\n\n{inference.FinishReason.Name(last.finish_reason)}, seed {last.seed}: {usage.completion_tokens} tokens, "
        f"the first after {usage.first_token_seconds:.3f} s, then {usage.tokens_per_second:.1f} a second",
        file=sys.stderr,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
