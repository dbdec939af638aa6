using System.Runtime.InteropServices;
using Google.Rpc;
using Grpc.Core;
using Parquet.Serialization;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Eval.V1;
using Platform.Evals;

namespace Platform.Eval.Service.Tests;

/// <summary>Every form in which HellaSwag's items come, from the file to the job's figures.</summary>
public sealed class InputTests : IDisposable
{
    private const int Items = 12;

    private readonly TempFolder _root = new();
    private readonly HubFolder _hub = new();
    private readonly EvalApp _app;
    private readonly string _jsonl;

    public InputTests()
    {
        EvalApp.WriteModel(_root.Path);
        _jsonl = EvalApp.WriteItems(_root.Path, "few", Items);
        _app = new EvalApp(_root.Path) { Hub = _hub.Address };
    }

    public void Dispose()
    {
        _app.Dispose();
        _hub.Dispose();
        _root.Dispose();
    }

    [Fact]
    public async Task CreateEvaluation_LlmcBin_GivesWhatTheOriginalGives()
    {
        var path = _root["hellaswag_val.bin"];
        File.WriteAllBytes(path, Bin(Read(), item => item));

        var original = await GradeAsync("datasets/few");
        var bin = await GradeAsync("path:" + path);

        Assert.Equal((State.Succeeded, Items, 0), (bin.State, bin.ExampleCount, bin.SkippedCount));
        // It has no activity and texts as build-nanogpt has them, so that only this definition can be followed.
        Assert.Equal(original.Metrics.Where(IsPlain), bin.Metrics);
        var (expected, actual) = (await _app.ExamplesAsync(original.Name), await _app.ExamplesAsync(bin.Name));
        foreach (var (one, other) in expected.Zip(actual))
        {
            Assert.Equal((one.Context, one.Gold, one.Predicted), (other.Context, other.Gold, other.Predicted));
            Assert.Equal(one.Endings.Select(e => e.TokenCount), other.Endings.Select(e => e.TokenCount));
            foreach (var (a, b) in one.Endings.Zip(other.Endings))
                Assert.Equal(a.LogProbability, b.LogProbability, 1e-4);
        }
    }

    [Fact]
    public async Task CreateEvaluation_BadLlmcBin_NamesAndCountsWhatCannotBeGraded()
    {
        var path = _root["hellaswag_val.bin"];
        // One label out of range, one ending without tokens, one with another tokenizer's ids; the file ends early.
        var bytes = Bin(Read(), example => example[2] switch
        {
            1 => [.. example[..3], 4, .. example[4..]],
            2 => WithoutLastEnding(example),
            3 => [.. example[..^1], 60_000],
            _ => example,
        });
        File.WriteAllBytes(path, bytes[..^6]);

        var ended = await GradeAsync("path:" + path);

        Assert.Equal((State.Succeeded, Items - 4, 4), (ended.State, ended.ExampleCount, ended.SkippedCount));
        string[] reasons =
        [
            "item 1: the label 4 is out of range", "item 2: ending 3 has no tokens",
            "item 3: its tokens are not of the model's tokenizer", $"item {Items - 1}: no whole example at byte",
        ];
        foreach (var (reason, told) in reasons.Zip(ended.SkippedReasons))
            Assert.StartsWith(reason, told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateEvaluation_TextForm_GivesBuildNanogptsFiguresOfTheOriginal()
    {
        var lines = Read().SelectMany(item => (string[])
            [$"{item.Activity}: {item.Context}", $"{item.Gold}", .. item.Endings]);
        File.WriteAllLines(_root["items.txt"], lines);

        var original = await GradeAsync("datasets/few");
        var text = await GradeAsync("path:" + _root["items.txt"]);

        Assert.Equal(original.Metrics.Where(IsPlain), text.Metrics.Where(IsPlain));
        Assert.Equal(original.Metrics.Count, text.Metrics.Count);
    }

    /// <summary>The hub's copy: parquet, endings as a list, the label as a text.</summary>
    [Theory]
    [InlineData("hf:datasets/Rowan/hellaswag/data/validation-00000-of-00001.parquet")]
    [InlineData("hf:datasets/Rowan/hellaswag/data/validation-*.parquet")]
    public async Task CreateEvaluation_ParquetOfTheHub_IsDownloadedOnceAndGivesTheSame(string reference)
    {
        using var parquet = new MemoryStream();
        await ParquetSerializer.SerializeAsync(
            Read().Select(item => new HubRow
            {
                activity_label = item.Activity,
                ctx_a = item.ContextA!,
                ctx_b = item.ContextB!,
                ctx = item.Context,
                endings = [.. item.Endings],
                label = $"{item.Gold}",
            }).ToList(),
            parquet,
            cancellationToken: TestContext.Current.CancellationToken);
        _hub.Add("datasets/Rowan/hellaswag", "data/validation-00000-of-00001.parquet", parquet.ToArray());
        _hub.Add("datasets/Rowan/hellaswag", "data/train-00000-of-00001.parquet", [1, 2, 3]);

        var original = await GradeAsync("datasets/few");
        var hub = await GradeAsync(reference);
        var asked = _hub.Asked.Count(path => path.EndsWith("of-00001.parquet", StringComparison.Ordinal));
        await GradeAsync(reference);

        Assert.Equal((State.Succeeded, Items), (hub.State, hub.ExampleCount));
        Assert.Equal(original.Metrics, hub.Metrics);
        Assert.Equal(1, asked);
        Assert.Single(_hub.Asked, path => path.EndsWith("of-00001.parquet", StringComparison.Ordinal));
    }

    [Fact]
    public async Task CreateEvaluation_OtherTaskAndModelOfTheHub_AreGraded()
    {
        _hub.Add("datasets/o/piqa", "dev.jsonl", [.. Enumerable.Repeat(
            """{"goal": "To run", "sol1": "the boy runs.", "sol2": "the dog sleeps.", "label": 1}""" + "\n", 3)
            .SelectMany(line => System.Text.Encoding.UTF8.GetBytes(line))]);
        var folder = Path.Combine(_root.Path, "runs/a/checkpoints/step-00000010");
        _hub.Add("o/tiny", folder, "config.json", "model.safetensors", "tokenizer.json");
        var request = EvalApp.Request("", "hf:datasets/o/piqa/dev.jsonl", "hf:o/tiny");
        request.Spec.Task = "piqa";

        var ended = await _app.WaitForEndAsync((await _app.CreateAsync(request)).Name);

        Assert.Equal((State.Succeeded, 3, "hf:o/tiny"), (ended.State, ended.ExampleCount, ended.ResolvedModel));
        request.Spec.Model = "runs/a";
        var local = await _app.WaitForEndAsync((await _app.CreateAsync(request)).Name);
        Assert.Equal(local.Metrics, ended.Metrics);
    }

    [Fact]
    public async Task CreateEvaluation_WhatTheHubDoesNotHave_IsRefusedWithItsCode()
    {
        _hub.Add("datasets/o/two", "a.jsonl", [1]);
        _hub.Add("datasets/o/two", "b.jsonl", [1]);
        foreach (var (items, model, code, field) in new[]
        {
            ("hf:datasets/o/none/a.jsonl", "runs/a", StatusCode.NotFound, ""),
            ("hf:datasets/o/two/*.jsonl", "runs/a", StatusCode.InvalidArgument, "spec.items"),
            ("hf:o/two", "runs/a", StatusCode.InvalidArgument, "spec.items"),
            ("catalog:nothing", "runs/a", StatusCode.InvalidArgument, "spec.items"),
            ("datasets/few", "hf:o/none", StatusCode.NotFound, ""),
            ("datasets/few", "hf:../x", StatusCode.InvalidArgument, "spec.model"),
        })
        {
            var error = await EvalApp.ThrowsAsync(
                code, () => _app.CreateAsync(EvalApp.Request("", items, model)));
            if (field.Length > 0)
                Assert.Equal(field, Assert.Single(EvalApp.Details<BadRequest>(error).FieldViolations).Field);
        }
    }

    private static bool IsPlain(Metric metric) => metric.Name is MetricNames.Acc or MetricNames.AccNorm;

    private async Task<Contracts.Eval.V1.Evaluation> GradeAsync(string items) =>
        await _app.WaitForEndAsync((await _app.CreateAsync(EvalApp.Request("", items))).Name);

    private List<HellaSwagItem> Read() => [.. HellaSwagFile.Read(_jsonl).Select(entry => entry.Item!)];

    // As llm.c's dev/data/hellaswag.py writes it.
    private static byte[] Bin(List<HellaSwagItem> items, Func<ushort[], ushort[]> change)
    {
        var examples = items.Select(item => change(Example(item))).ToList();
        foreach (var example in examples)
            example[1] = (ushort)(2 * example.Length);
        var header = new int[256];
        (header[0], header[1], header[2], header[3]) = (20240522, 1, items.Count, examples.Max(e => 2 * e.Length));
        return
        [
            .. MemoryMarshal.AsBytes(header.AsSpan()),
            .. MemoryMarshal.AsBytes(examples.SelectMany(example => example).ToArray().AsSpan()),
        ];
    }

    private static ushort[] Example(HellaSwagItem item)
    {
        ushort[] Ids(string text) => Array.ConvertAll(EvalApp.Tokenizer.Encode(text), id => (ushort)id);
        var context = Ids(item.Context);
        var endings = item.Endings
            .Select(ending => Ids(" " + ending))
            .SelectMany(ids => (ushort[])[(ushort)ids.Length, .. ids]);
        return [65535, 0, (ushort)item.Index, (ushort)item.Gold, 4, (ushort)context.Length, .. context, .. endings];
    }

    private static ushort[] WithoutLastEnding(ushort[] example)
    {
        var at = 5;
        for (var part = 0; part < 4; part++)
            at += 1 + example[at];
        return [.. example[..at], 0];
    }

    // Its properties are the columns' names.
#pragma warning disable IDE1006, SA1300
    private sealed class HubRow
    {
        public string activity_label { get; set; } = "";

        public string ctx_a { get; set; } = "";

        public string ctx_b { get; set; } = "";

        public string ctx { get; set; } = "";

        public List<string> endings { get; set; } = [];

        public string label { get; set; } = "";
    }
#pragma warning restore IDE1006, SA1300
}
