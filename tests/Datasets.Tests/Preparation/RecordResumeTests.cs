using Platform.Datasets.Corpus;
using Platform.Datasets.Preparation;
using Platform.Datasets.Readers;

namespace Platform.Datasets.Tests.Preparation;

/// <summary>Documents and items whose preparation was interrupted: the records that are written are not written again.
/// </summary>
public sealed class RecordResumeTests : IDisposable
{
    private const int Count = 500;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Write_CancelledAgainAndAgain_EndsAsIfUndisturbed(bool items)
    {
        var expected = Write("whole", items, null, 0);
        var attempts = 0;
        PreparedContent? content = null;
        for (var stopAt = 50; content is null; stopAt += 130, attempts++)
        {
            using var stop = new CancellationTokenSource();
            try
            {
                content = Write("parts", items, stop, stopAt);
            }
            catch (OperationCanceledException)
            {
                // What a kill leaves behind the last note.
                File.AppendAllText(Assert.Single(Directory.GetFiles(_folder["parts"], "*.jsonl")), "{\"text\": \"ha");
            }
        }

        Assert.True(attempts > 2);
        Assert.Equal(expected.Files, content.Files);
        Assert.Equal(
            (expected.DocumentCount, expected.TextBytes), (content.DocumentCount, content.TextBytes));
        Assert.Equal(expected.Lengths?.Counts, content.Lengths?.Counts);
    }

    [Fact]
    public void Write_FileLostSince_BeginsAnew()
    {
        var expected = Write("whole", false, null, 0);
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => Write("parts", false, stop, 100));
        File.Delete(Assert.Single(Directory.GetFiles(_folder["parts"], "*.jsonl")));

        Assert.Equal(expected.Files, Write("parts", false, null, 0).Files);
    }

    private PreparedContent Write(string name, bool items, CancellationTokenSource? stop, int stopAt)
    {
        var folder = new PreparationFolder(Directory.CreateDirectory(_folder[name]).FullName) { Fingerprint = "same" };
        var token = stop?.Token ?? TestContext.Current.CancellationToken;
        return items
            ? ItemPreparation.Write(
                Stopping(BundledDocuments.Items(new StoryCorpus(1), Count), stop, stopAt)
                    .Select((item, i) => ("corpus", (long)i, item)),
                folder, null, token)
            : DocumentPreparation.Write(
                Stopping(BundledDocuments.Reviews(new StoryCorpus(1), Count), stop, stopAt)
                    .Select(record => new SourceDocument(record["text"]!.GetValue<string>(), record)),
                folder, token);
    }

    private static IEnumerable<T> Stopping<T>(IEnumerable<T> records, CancellationTokenSource? stop, int stopAt)
    {
        var index = 0;
        foreach (var record in records)
        {
            if (++index == stopAt)
                stop?.Cancel();
            yield return record;
        }
    }
}
