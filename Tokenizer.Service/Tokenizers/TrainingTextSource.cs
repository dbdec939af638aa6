using System.Text;
using Platform.Datasets.Readers;
using Platform.Tokenization.Training;

namespace Platform.TokenizerHost.Tokenizers;

/// <summary>Training text, to be read once.</summary>
internal sealed class TrainingTextSource(IReadOnlyList<SourceFile> files, RecordText recordText)
{
    private long _readBytes;

    /// <summary>Bytes of all files on disk.</summary>
    public long TotalBytes { get; } = files.Sum(file => file.SizeBytes);

    /// <summary>Bytes read from the disk so far.</summary>
    public long ReadBytes => Interlocked.Read(ref _readBytes);

    /// <summary>All documents of all files.</summary>
    public IEnumerable<TextChunk> Documents()
    {
        var reader = new DocumentReader(recordText);
        foreach (var file in files)
        {
            foreach (var document in reader.Read(file, bytes => Interlocked.Add(ref _readBytes, bytes)))
                yield return new TextChunk(Encoding.UTF8.GetBytes(document.Text));
        }
    }
}
