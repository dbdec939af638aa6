using System.Globalization;
using System.Text.Json;
using Platform.Hub;
using Platform.Workspaces;
using Platform.Workspaces.Errors;

namespace Platform.Models;

/// <summary>Finds the files that a reference to a model means. Looks at folders only and loads nothing.</summary>
/// <param name="root">Where runs are.</param>
/// <param name="paths">What <c>path:</c> may name.</param>
/// <param name="hub">Where <c>hf:</c> comes from.</param>
public sealed class ModelResolver(DataRoot root, PathPolicy paths, HubClient hub)
{
    private const string CheckpointPrefix = "step-";

    /// <summary>
    /// <c>runs/{run}</c>: its latest checkpoint; <c>runs/{run}@{step}</c>; <c>runs/{run}@best</c>: the one with the
    /// lowest validation loss; <c>path:{folder}</c>; <c>hf:{repository}</c>, where that is on this machine.
    /// </summary>
    /// <param name="reference">The reference.</param>
    /// <param name="field">The request's field, for errors.</param>
    /// <exception cref="InvalidArgumentException">The reference has no known form or a forbidden path.</exception>
    /// <exception cref="NotFoundException">There is no such run, checkpoint or folder.</exception>
    /// <exception cref="FailedPreconditionException">The run has no such checkpoint yet.</exception>
    /// <exception cref="DataLossException">What says where the base model is cannot be read.</exception>
    public ResolvedModel Resolve(string reference, string field)
    {
        if (reference.StartsWith(PathPolicy.Prefix, StringComparison.Ordinal))
            return ResolvePath(paths.Resolve(reference, field), field);
        if (TryParseHub(reference, field) is { } repository)
        {
            var folder = hub.FindModel(repository)
                ?? throw new NotFoundException("MODEL_NOT_HERE", $"'{repository}' is not on this machine.");
            return WithBase(repository.ToString(), folder);
        }

        var name = ResourceName.TryParse(reference, "runs") ?? throw new InvalidArgumentException(
            field,
            $"'{reference}' is no reference to a model: runs/<id>, runs/<id>@<step>, runs/<id>@best, path:<folder> or"
            + " hf:<repository>.");
        return ResolveRun(name);
    }

    /// <summary>As <see cref="Resolve"/>; what is on the hub only is downloaded.</summary>
    /// <param name="reference">The reference.</param>
    /// <param name="field">The request's field, for errors.</param>
    /// <param name="cancellationToken">Ends the download; what has come is gone on with the next time.</param>
    /// <exception cref="PlatformException">As of <see cref="Resolve"/> and of the hub's client.</exception>
    public async Task<ResolvedModel> ResolveAsync(string reference, string field, CancellationToken cancellationToken)
    {
        if (TryParseHub(reference, field) is { } repository)
            await hub.GetModelAsync(repository, progress: null, cancellationToken);
        return Resolve(reference, field);
    }

    /// <summary>The runs that have a checkpoint, by name, at most so many.</summary>
    public IReadOnlyList<string> ListRuns(int most)
    {
        var folder = Path.Combine(root.Path, "runs");
        if (!Directory.Exists(folder))
            return [];
        return
        [
            .. Directory.EnumerateDirectories(folder)
                .Where(run => Checkpoints(Path.Combine(run, "checkpoints")).Count > 0)
                .Select(run => "runs/" + Path.GetFileName(run))
                .Order(StringComparer.Ordinal)
                .Take(most),
        ];
    }

    private static HubRepository? TryParseHub(string reference, string field)
    {
        if (!reference.StartsWith(HubRepository.Prefix, StringComparison.Ordinal))
            return null;
        return HubRepository.TryParseModel(reference) ?? throw new InvalidArgumentException(
            field, $"'{reference}' is not of the form hf:<owner>/<name> or hf:<owner>/<name>@<revision>.");
    }

    private static ResolvedModel ResolvePath(string folder, string field) => Directory.Exists(folder)
        ? WithBase(PathPolicy.Prefix + folder, folder)
        : throw new InvalidArgumentException(field, $"'{folder}' is a file; a model is a folder.");

    private ResolvedModel ResolveRun(ResourceName name)
    {
        if (!Directory.Exists(root.FolderOf(name)))
            throw new NotFoundException("RUN_NOT_FOUND", $"There is no run 'runs/{name.Id}'.");
        var checkpoints = Checkpoints(Path.Combine(root.FolderOf(name), "checkpoints"));
        if (checkpoints.Count == 0)
            throw new FailedPreconditionException("NO_CHECKPOINT", $"'runs/{name.Id}' has no checkpoint yet.");
        var (step, folder) = name.Version switch
        {
            null => checkpoints[^1],
            "best" => Best(name.Id, checkpoints),
            var version => AtStep(name.Id, checkpoints, long.Parse(version, CultureInfo.InvariantCulture)),
        };
        return WithBase(string.Create(CultureInfo.InvariantCulture, $"runs/{name.Id}@{step}"), folder);
    }

    private static List<(long Step, string Folder)> Checkpoints(string folder)
    {
        var found = new List<(long Step, string Folder)>();
        foreach (var path in Directory.Exists(folder) ? Directory.EnumerateDirectories(folder) : [])
        {
            var name = Path.GetFileName(path);
            if (name.StartsWith(CheckpointPrefix, StringComparison.Ordinal)
                && long.TryParse(
                    name.AsSpan(CheckpointPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var step)
                && File.Exists(Path.Combine(path, CheckpointMark.FileName)))
                found.Add((step, path));
        }

        found.Sort();
        return found;
    }

    private static (long Step, string Folder) Best(string run, List<(long Step, string Folder)> checkpoints)
    {
        var measured = checkpoints
            .Select(checkpoint => (Checkpoint: checkpoint,
                Loss: CheckpointMark.TryRead(checkpoint.Folder)?.ValidationLoss))
            .Where(entry => entry.Loss is { } loss && !double.IsNaN(loss))
            .ToList();
        return measured.Count > 0
            ? measured.MinBy(entry => entry.Loss).Checkpoint
            : throw new FailedPreconditionException(
                "NO_CHECKPOINT", $"'runs/{run}' has no checkpoint with a validation loss yet.");
    }

    private static (long Step, string Folder) AtStep(
        string run, List<(long Step, string Folder)> checkpoints, long step)
    {
        var found = checkpoints.Find(checkpoint => checkpoint.Step == step);
        return found.Folder is not null
            ? found
            : throw new NotFoundException(
                "CHECKPOINT_NOT_FOUND",
                $"'runs/{run}' has no checkpoint at step {step}; there are: "
                + $"{string.Join(", ", checkpoints.Select(checkpoint => checkpoint.Step))}.");
    }

    private static ResolvedModel WithBase(string name, string folder)
    {
        var path = Path.Combine(folder, "base.json");
        return new ResolvedModel(name, folder, Stamp(folder), File.Exists(path) ? ReadBase(path) : null);
    }

    // Folder and name were resolved when the run was created, so a later checkpoint of the base changes nothing. A base
    // is a whole model and has no base itself.
    private static ResolvedModel? ReadBase(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = document.RootElement;
            if (root.GetProperty("kind").GetString() == "new")
                return null;
            var folder = root.GetProperty("folder").GetString()!;
            var name = root.TryGetProperty("name", out var text) ? text.GetString() : null;
            if (!Directory.Exists(folder))
            {
                throw new DataLossException(
                    "BASE_MODEL_MISSING", $"'{path}' names the base model '{folder}', which is not there any more.");
            }

            return new ResolvedModel(
                string.IsNullOrEmpty(name) ? PathPolicy.Prefix + folder : name, folder, Stamp(folder), null);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new DataLossException("CHECKPOINT_DAMAGED", $"'{path}' cannot be read: {e.Message}", e);
        }
    }

    private static string Stamp(string folder)
    {
        string[] files = [CheckpointMark.FileName, "config.json", "model.safetensors", "adapter_model.safetensors"];
        var newest = files.Max(file => File.GetLastWriteTimeUtc(Path.Combine(folder, file)).Ticks);
        return newest.ToString(CultureInfo.InvariantCulture);
    }
}
