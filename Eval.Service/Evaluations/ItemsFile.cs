using System.Text.Json;
using Platform.Evals;
using Platform.Workspaces;

namespace Platform.EvalHost.Evaluations;

/// <summary>
/// <c>items.jsonl</c>: a line is a graded item, or <c>{"index", "skipped": reason}</c>. Keeps where each line lies, so
/// that a page can be read without the rest, and the figures over all of them.
/// </summary>
/// <param name="path">The file; it may still grow, and need not exist yet.</param>
/// <param name="metric">By which figure's rule items are right or wrong.</param>
internal sealed class ItemsFile(string path, string metric)
{
    private const int MostReasons = 20;

    /// <summary>The file's name.</summary>
    public const string FileName = "items.jsonl";

    private readonly LineReader _reader = new(path);
    private readonly List<ItemLine> _lines = [];
    private readonly List<string> _reasons = [];
    private readonly EvaluationMetrics _metrics = new();

    /// <summary>Items that could not be graded.</summary>
    public int SkippedCount { get; private set; }

    /// <summary>Why items could not be graded: of the first.</summary>
    public IReadOnlyList<string> SkippedReasons => _reasons;

    /// <summary>The place behind the last item that was graded or skipped.</summary>
    public int NextIndex { get; private set; }

    /// <summary>The figures over all graded items.</summary>
    public EvaluationMetrics Metrics => _metrics;

    /// <summary>Graded items in order.</summary>
    public IReadOnlyList<ItemLine> Lines => _lines;

    /// <summary>Takes in what was appended since; returns whether there was anything.</summary>
    public bool ReadNew() => _reader.ReadNew(Take) > 0;

    /// <summary>Reads items at their lines.</summary>
    public IEnumerable<GradedItem> Read(IEnumerable<ItemLine> lines)
    {
        FileStream? stream = null;
        try
        {
            foreach (var line in lines)
            {
                stream ??= new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                var bytes = new byte[line.Length];
                stream.Seek(line.Offset, SeekOrigin.Begin);
                stream.ReadExactly(bytes);
                yield return JsonSerializer.Deserialize<GradedItem>(bytes, WorkspaceJson.Line)!;
            }
        }
        finally
        {
            stream?.Dispose();
        }
    }

    private void Take(ReadOnlySpan<byte> line)
    {
        if (JsonLinesFile.TryParse(line) is not { } record || !record.TryGetProperty("index", out var index))
            return;
        if (record.TryGetProperty("skipped", out var reason))
        {
            if (SkippedCount++ < MostReasons)
                _reasons.Add(reason.GetString() ?? "");
        }
        else if (TryRead(record) is { } item)
        {
            _metrics.Add(item);
            var offset = _reader.Position - line.Length - 1;
            _lines.Add(new ItemLine(
                item.Index, offset, line.Length, item.IsCorrect(metric), item.Margin(metric), item.Activity));
        }
        else
        {
            return;
        }

        NextIndex = Math.Max(NextIndex, index.GetInt32() + 1);
    }

    // A line that is no item was torn by a kill; its item is graded again.
    private static GradedItem? TryRead(JsonElement record)
    {
        try
        {
            return record.Deserialize<GradedItem>(WorkspaceJson.Line) is { Endings.Count: > 0 } item ? item : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
