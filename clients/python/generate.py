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
    parser.add_argument("--logprobs", type=int, help="print each token's log-probability and so many likeliest")
    parser.add_argument("--cancel-after", type=int, help="cancel the call after so many messages")
    return parser.parse_args()


def print_scores(scores) -> None:
    for score in scores:
        top = "  ".join(f"{one.token!r} {one.logprob:.3f}" for one in score.top)
        print(f"{score.token!r} {score.logprob:.3f}  {top}", file=sys.stderr)


def main() -> int:
    args = parse()
    request = inference.StreamGenerateRequest(model=args.model, prompt=args.prompt)
    request.sampling.temperature = args.temperature
    request.sampling.top_k = args.top_k
    request.sampling.max_tokens = args.max_tokens
    request.sampling.stop.extend(args.stop)
    if args.seed is not None:
        request.sampling.seed = args.seed
    if args.logprobs is not None:
        request.sampling.logprobs = args.logprobs
    key = os.environ.get("PLATFORM_API_KEY")
    metadata = [("authorization", f"Bearer {key}")] if key else None
    with grpc.insecure_channel(args.address) as channel:
        call = inference_grpc.InferenceServiceStub(channel).StreamGenerate(request, metadata=metadata)
        try:
            last = None
            scores = []
            for count, last in enumerate(call, 1):
                print(last.text, end="", flush=True)
                scores.extend(last.logprobs)
                if count == args.cancel_after:
                    call.cancel()
        except KeyboardInterrupt:
            call.cancel()
            print("\n(cancelled)", file=sys.stderr)
            return 130
        except grpc.RpcError as error:
            if error.code() == grpc.StatusCode.CANCELLED:
                print("\n(cancelled)", file=sys.stderr)
                return 130
            print(f"\n{error.code().name}: {error.details()}", file=sys.stderr)
            return 1
    print_scores(scores)
    usage = last.usage
    print(
        f"\n\n{inference.FinishReason.Name(last.finish_reason)}, seed {last.seed}: {usage.completion_tokens} tokens, "
        f"the first after {usage.first_token_seconds:.3f} s, then {usage.tokens_per_second:.1f} a second",
        file=sys.stderr,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
