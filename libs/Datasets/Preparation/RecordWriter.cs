using System.Text;
using System.Text.Json.Nodes;
using Platform.Workspaces;

namespace Platform.Datasets.Preparation;

/// <summary>Writes JSON objects, one a line, into one file or a row of files, going on with what an earlier attempt
/// left: the records that it wrote are to be appended again and are passed over.</summary>
internal sealed class RecordWriter : IDisposable
{
    private readonly PreparationFolder _folder;
    private readonly Func<int, string> _fileName;
    private readonly long _fileBytes;
    private readonly List<DatasetFile> _files = [];
    private readonly long _written; // by an earlier attempt
    private HashedFile? _file;
    private long _records;

    /// <param name="folder">Where to.</param>
    /// <param name="fileName">The name of the n-th file, from 0.</param>
    /// <param name="fileBytes">A new file is begun when one has reached this size.</param>
    public RecordWriter(PreparationFolder folder, Func<int, string> fileName, long fileBytes = long.MaxValue)
    {
        (_folder, _fileName, _fileBytes) = (folder, fileName, fileBytes);
        if (ProgressState.TryRead<RecordWriterState>(folder) is not { } state)
            return;
        if (!IsThere(state))
        {
            // A disk's fault, and no reason to give up.
            folder.Clear();
            return;
        }

        _files.AddRange(state.Files);
        _records = state.OpenRecords;
        if (state.OpenBytes > 0)
            _file = new HashedFile(PathOf(_files.Count), state.OpenBytes);
        _written = state.Files.Sum(file => file.Documents ?? 0) + state.OpenRecords;
    }

    /// <summary>Records appended, over all files.</summary>
    public long Count { get; private set; }

    /// <summary>Writes a record.</summary>
    /// <param name="record">Makes it; called only where it is to be written.</param>
    public void Append(Func<JsonObject> record)
    {
        if (Count++ < _written)
            return;
        _file ??= new HashedFile(PathOf(_files.Count));
        _file.Write(Encoding.UTF8.GetBytes(record().ToJsonString(WorkspaceJson.Line) + "\n"));
        _records++;
        if (_file.SizeBytes >= _fileBytes)
            EndFile();
        if (_folder.IsDue)
            Save();
    }

    /// <summary>Ends the work where that was asked for, with a note on disk how far it has come.</summary>
    public void StopIf(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested && _folder.GoesOn && Count >= _written)
            Save();
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Ends the last file and describes them all.</summary>
    public IReadOnlyList<DatasetFile> Complete()
    {
        if (_file is not null)
            EndFile();
        return _files;
    }

    public void Dispose() => _file?.Dispose();

    private void Save()
    {
        _file?.Flush();
        _folder.Save(new RecordWriterState
        {
            Fingerprint = _folder.Fingerprint,
            Files = _files,
            OpenBytes = _file?.SizeBytes ?? 0,
            OpenRecords = _records,
        });
    }

    private string PathOf(int index) => Path.Combine(_folder.Path, _fileName(index));

    private bool IsThere(RecordWriterState state) =>
        state.Files.All(file => Size(Path.Combine(_folder.Path, file.Name)) == file.SizeBytes)
        && (state.OpenBytes == 0 || Size(PathOf(state.Files.Count)) >= state.OpenBytes);

    private static long Size(string path) => File.Exists(path) ? new FileInfo(path).Length : -1;

    private void EndFile()
    {
        _files.Add(_file!.Complete(_records));
        _file.Dispose();
        _file = null;
        _records = 0;
    }
}
