using System.Collections.Concurrent;
using System.Text.Json;
using Platform.Workspaces;
using Platform.Workspaces.Changes;
using Platform.Workspaces.Errors;

namespace Platform.EvalHost.Evaluations;

/// <summary>All evaluations of the data root. Their folders are the truth; this is an index in memory.</summary>
internal sealed partial class EvaluationStore(DataRoot root, ILogger<EvaluationStore> logger)
{
    private readonly ConcurrentDictionary<string, EvaluationEntry> _entries = new(StringComparer.Ordinal);

    /// <summary>Tells those who follow the list of every change.</summary>
    public ResourceChanges Changes { get; } = new();

    /// <summary>All of them, in no order.</summary>
    public IEnumerable<EvaluationEntry> All => _entries.Values;

    /// <summary>
    /// Reads every folder; removes what an earlier life of the service left half made or half deleted.
    /// </summary>
    public void Load()
    {
        Directory.CreateDirectory(root.Evaluations);
        ResourceFolder.RemoveLeftovers(root.Evaluations);
        foreach (var id in root.Ids("evaluations"))
        {
            try
            {
                _entries[id] = new EvaluationEntry(Path.Combine(root.Evaluations, id), Changes);
            }
            catch (Exception e) when (e is DataLossException or IOException or UnauthorizedAccessException)
            {
                // One damaged folder hides no other; it stays for people to look at.
                LogUnreadable(id, e.Message);
            }
        }
    }

    /// <summary>One evaluation by its name.</summary>
    /// <param name="name"><c>evaluations/{id}</c>.</param>
    /// <param name="field">The request's field, for errors.</param>
    /// <exception cref="InvalidArgumentException">That is no evaluation's name.</exception>
    /// <exception cref="NotFoundException">There is none of that name.</exception>
    public EvaluationEntry Get(string name, string field)
    {
        var parsed = ResourceName.TryParse(name, "evaluations")
            ?? throw new InvalidArgumentException(field, $"'{name}' is not of the form evaluations/<id>.");
        if (!_entries.TryGetValue(parsed.Id, out var entry))
            throw new NotFoundException("EVALUATION_NOT_FOUND", $"There is no evaluation '{name}'.");
        if (Directory.Exists(entry.Folder))
            return entry;
        // Someone deleted the folder by hand.
        Forget(entry);
        throw new NotFoundException("EVALUATION_NOT_FOUND", $"The folder of '{name}' is gone.");
    }

    /// <summary>One evaluation by its id; null where there is none.</summary>
    public EvaluationEntry? Find(string id) => _entries.GetValueOrDefault(id);

    /// <summary>All of them, newest first.</summary>
    public IReadOnlyList<EvaluationEntry> NewestFirst() =>
    [
        .. All.OrderByDescending(entry => entry.File.CreateTime).ThenBy(entry => entry.File.Id, StringComparer.Ordinal),
    ];

    /// <summary>Makes the folder of a new evaluation, complete in one step.</summary>
    /// <exception cref="AlreadyExistsException">The id is taken.</exception>
    public EvaluationEntry Add(EvaluationFile file) => Add(file, _ => { });

    /// <summary>The same with the items and figures of another that graded the same.</summary>
    /// <exception cref="AlreadyExistsException">The id is taken.</exception>
    public EvaluationEntry AddCopy(EvaluationFile file, EvaluationEntry source) => Add(file, folder =>
    {
        File.Copy(Path.Combine(source.Folder, ItemsFile.FileName), Path.Combine(folder, ItemsFile.FileName));
        var items = new ItemsFile(Path.Combine(folder, ItemsFile.FileName), file.Grading.Metric);
        items.ReadNew();
        EvaluationEvents.Append(folder, EvaluationEvents.New(
            EvaluationEvents.Finished,
            $"graded before as {source.Name}",
            file.CreateTime,
            ("summary", JsonSerializer.SerializeToNode(FinishedSummary.Of(items), WorkspaceJson.Line))));
    });

    private EvaluationEntry Add(EvaluationFile file, Action<string> fill)
    {
        var folder = Path.Combine(root.Evaluations, file.Id);
        var hidden = ResourceFolder.BeginNew(folder);
        file.Write(hidden);
        EvaluationEvents.Append(hidden, EvaluationEvents.New(EvaluationEvents.Created, "created", file.CreateTime));
        fill(hidden);
        if (!ResourceFolder.TryCommit(hidden, folder))
        {
            Directory.Delete(hidden, recursive: true);
            throw new AlreadyExistsException("EVALUATION_EXISTS",
                $"There is an evaluation 'evaluations/{file.Id}' already.");
        }

        var entry = new EvaluationEntry(folder, Changes);
        _entries[file.Id] = entry;
        Changes.Notify(file.Id);
        return entry;
    }

    /// <summary>Deletes an evaluation with its folder.</summary>
    public void Delete(EvaluationEntry entry)
    {
        ResourceFolder.Delete(entry.Folder);
        Forget(entry);
    }

    private void Forget(EvaluationEntry entry)
    {
        _entries.TryRemove(entry.File.Id, out _);
        entry.MarkDeleted();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The evaluation {Id} is passed over: {Reason}")]
    private partial void LogUnreadable(string id, string reason);
}
