using System.Text;
using System.Text.Json.Nodes;
using Platform.Workspaces;

namespace Platform.Datasets.Preparation;

/// <summary>Writes JSON objects, one a line, into one file or a row of files.</summary>
/// <param name="folder">An existing folder.</param>
/// <param name="fileName">The name of the n-th file, from 0.</param>
/// <param name="fileBytes">A new file is begun when one has reached this size.</param>
internal sealed class RecordWriter(string folder, Func<int, string> fileName, long fileBytes = long.MaxValue)
    : IDisposable
{
    private readonly List<DatasetFile> _files = [];
    private HashedFile? _file;
    private long _records;

    /// <summary>Records written, over all files.</summary>
    public long Count { get; private set; }

    public void Append(JsonObject record)
    {
        _file ??= new HashedFile(Path.Combine(folder, fileName(_files.Count)));
        _file.Write(Encoding.UTF8.GetBytes(record.ToJsonString(WorkspaceJson.Line) + "\n"));
        Count++;
        _records++;
        if (_file.SizeBytes >= fileBytes)
            EndFile();
    }

    /// <summary>Ends the last file and describes them all.</summary>
    public IReadOnlyList<DatasetFile> Complete()
    {
        if (_file is not null)
            EndFile();
        return _files;
    }

    public void Dispose() => _file?.Dispose();

    private void EndFile()
    {
        _files.Add(_file!.Complete(_records));
        _file.Dispose();
        _file = null;
        _records = 0;
    }
}
