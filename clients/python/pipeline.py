#!/usr/bin/env python3
"""Everything from a text file to a generation, over gRPC alone.

Uploads a text, trains a tokenizer on it, cuts it into token shards, trains a small model and watches it, evaluates the
model on items of HellaSwag's form where a file of them is given, and streams a text from it.

Make the stubs once with make_stubs.py. Needs python3-grpcio and python3-protobuf.
"""

import argparse
import json
import os
import pathlib
import sys
import uuid

import grpc

from platform_stubs.common.v1 import common_pb2 as common
from platform_stubs.eval.v1 import evaluation_service_pb2 as evaluation
from platform_stubs.eval.v1 import evaluation_service_pb2_grpc as evaluation_grpc
from platform_stubs.inference.v1 import inference_service_pb2 as inference
from platform_stubs.inference.v1 import inference_service_pb2_grpc as inference_grpc
from platform_stubs.tokenizer.v1 import dataset_service_pb2 as dataset
from platform_stubs.tokenizer.v1 import dataset_service_pb2_grpc as dataset_grpc
from platform_stubs.tokenizer.v1 import tokenizer_service_pb2 as tokenizer
from platform_stubs.tokenizer.v1 import tokenizer_service_pb2_grpc as tokenizer_grpc
from platform_stubs.trainer.v1 import run_pb2 as run
from platform_stubs.trainer.v1 import run_service_pb2 as run_service
from platform_stubs.trainer.v1 import run_service_pb2_grpc as run_service_grpc

CHUNK_BYTES = 1 << 20


class Failed(Exception):
    """Something that the services did ended otherwise than asked."""


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="From a text file to a generation.")
    parser.add_argument("--suite", default="data/suite.json", help="the file that says where the services are")
    parser.add_argument("--text", required=True, help="a text file to learn from")
    parser.add_argument("--items", help="a .jsonl of HellaSwag's form to evaluate on")
    parser.add_argument("--id", default="pipeline-" + uuid.uuid4().hex[:6], help="names all that is made")
    parser.add_argument("--vocabulary", type=int, default=512)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--prompt", default="")
    parser.add_argument("--max-tokens", type=int, default=64)
    return parser.parse_args()


def upload(stub: dataset_grpc.DatasetServiceStub, path: pathlib.Path, metadata) -> str:
    def parts():
        yield dataset.UploadFileRequest(
            file=dataset.FileDescription(file_name=path.name, size_bytes=path.stat().st_size)
        )
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                yield dataset.UploadFileRequest(chunk=chunk)

    return stub.UploadFile(parts(), metadata=metadata).name


def follow(updates, of) -> None:
    """Reads a watch to its end and sees that the thing has succeeded."""
    last = None
    for update in updates:
        last = of(update) or last
    if last is None or last.state != common.STATE_SUCCEEDED:
        raise Failed(f"{last.name} is {common.State.Name(last.state)}: {last.error.message}" if last else "no answer")
    print(f"{last.name}: {common.State.Name(last.state)}", file=sys.stderr)


def train(stub: run_service_grpc.RunServiceStub, args: argparse.Namespace, metadata) -> str:
    spec = run.RunSpec(dataset=f"datasets/{args.id}", max_steps=args.steps)
    spec.model.n_layer, spec.model.n_head, spec.model.n_embd, spec.model.block_size = 2, 2, 64, 128
    spec.batch.micro_batch_size = 4
    name = stub.CreateRun(run_service.CreateRunRequest(run_id=args.id, spec=spec), metadata=metadata).run.name

    def of(update):
        for point in update.points.points if update.HasField("points") else ():
            if point.series == "train_loss" and point.step % 20 == 0:
                print(f"  step {point.step}: loss {point.value:.3f}", file=sys.stderr)
        return update.run if update.HasField("run") else None

    follow(stub.WatchRun(run_service.WatchRunRequest(name=name), metadata=metadata), of)
    return name


def generate(stub: inference_grpc.InferenceServiceStub, model: str, args: argparse.Namespace, metadata) -> None:
    request = inference.StreamGenerateRequest(model=model, prompt=args.prompt)
    request.sampling.max_tokens = args.max_tokens
    request.sampling.temperature = 0.8
    request.sampling.seed = 1
    request.sampling.ignore_end_of_text = True
    for message in stub.StreamGenerate(request, metadata=metadata):
        print(message.text, end="", flush=True)
    print(f"\n\n{message.usage.completion_tokens} tokens", file=sys.stderr)


def main() -> int:
    args = parse()
    suite = json.loads(pathlib.Path(args.suite).read_text(encoding="utf-8"))
    key = os.environ.get("PLATFORM_API_KEY")
    metadata = [("authorization", f"Bearer {key}")] if key else None

    def channel(service: str) -> grpc.Channel:
        return grpc.insecure_channel(suite[service]["grpc"].split("://")[1].rstrip("/"))

    with channel("tokenizer") as texts, channel("trainer") as trainer, \
            channel("eval") as evaluations, channel("inference") as models:
        try:
            datasets = dataset_grpc.DatasetServiceStub(texts)
            tokenizers = tokenizer_grpc.TokenizerServiceStub(texts)
            source = upload(datasets, pathlib.Path(args.text), metadata)
            made = tokenizers.CreateTokenizer(
                tokenizer.CreateTokenizerRequest(
                    tokenizer_id=args.id,
                    spec=tokenizer.TokenizerSpec(inputs=[source], vocabulary_size=args.vocabulary),
                ),
                metadata=metadata,
            ).tokenizer.name
            follow(
                tokenizers.WatchTokenizer(tokenizer.WatchTokenizerRequest(name=made), metadata=metadata),
                lambda update: update.tokenizer,
            )
            shards = datasets.CreateDataset(
                dataset.CreateDatasetRequest(
                    dataset_id=args.id,
                    spec=dataset.DatasetSpec(inputs=[source], tokenizer=made, validation_share=0.1),
                ),
                metadata=metadata,
            ).dataset.name
            follow(
                datasets.WatchDataset(dataset.WatchDatasetRequest(name=shards), metadata=metadata),
                lambda update: update.dataset,
            )
            model = train(run_service_grpc.RunServiceStub(trainer), args, metadata)
            if args.items:
                stub = evaluation_grpc.EvaluationServiceStub(evaluations)
                items = upload(datasets, pathlib.Path(args.items), metadata)
                graded = stub.CreateEvaluation(
                    evaluation.CreateEvaluationRequest(
                        evaluation_id=args.id, spec=evaluation.EvaluationSpec(model=model, items=items)
                    ),
                    metadata=metadata,
                ).evaluation.name
                follow(
                    stub.WatchEvaluation(evaluation.WatchEvaluationRequest(name=graded), metadata=metadata),
                    lambda update: update.evaluation,
                )
            generate(inference_grpc.InferenceServiceStub(models), model, args, metadata)
        except grpc.RpcError as error:
            print(f"{error.code().name}: {error.details()}", file=sys.stderr)
            return 1
        except Failed as error:
            print(error, file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
