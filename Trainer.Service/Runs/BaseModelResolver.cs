using System.Globalization;
using Platform.Hub;
using Platform.Models;
using Platform.Workspaces;
using Platform.Workspaces.Errors;

namespace Platform.TrainerHost.Runs;

/// <summary>Finds the files that a base_model means now: later checkpoints of that run change nothing.</summary>
internal sealed class BaseModelResolver(DataRoot root, PathPolicy paths, HubClient hub)
{
    private const string ConfigName = "config.json";

    /// <summary>Downloads those of the references that name models of the hub; others are passed over. A lookup, which
    /// waits for nothing, finds them then.</summary>
    /// <exception cref="PlatformException">The hub has no such model, or cannot be reached.</exception>
    public async Task FetchAsync(CancellationToken cancellationToken, params IReadOnlyList<string?> references)
    {
        foreach (var reference in references)
        {
            if (HubRepository.TryParseModel(reference ?? "") is { } repository)
                await hub.GetModelAsync(repository, progress: null, cancellationToken);
        }
    }

    /// <summary>Resolves a reference; problems are noted at <paramref name="field"/>.</summary>
    /// <returns>The base, or null where there is a problem.</returns>
    public BaseModelFacts? Resolve(string reference, string field, Violations problems)
    {
        var source = Find(reference, field, problems);
        if (source is null)
            return null;
        try
        {
            return BaseModelFacts.Read(source);
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            problems.Add(field, $"'{reference}' is no model that can be trained further: {e.Message}");
            return null;
        }
    }

    /// <summary>The folder that a reference means now; problems are noted at <paramref name="field"/>.</summary>
    /// <param name="reference">The reference.</param>
    /// <param name="field">Where problems are noted.</param>
    /// <param name="problems">Takes what is wrong.</param>
    /// <param name="marker">The file that a <c>path:</c> must have.</param>
    public RunBase? Find(string reference, string field, Violations problems, string marker = ConfigName)
    {
        if (reference.StartsWith(PathPolicy.Prefix, StringComparison.Ordinal))
            return FindPath(reference, field, problems, marker);
        if (reference.StartsWith(HubRepository.Prefix, StringComparison.Ordinal))
            return FindOnHub(reference, field, problems, marker);
        if (ResourceName.TryParse(reference, "runs") is { } name)
            return FindCheckpoint(name, field, problems);
        problems.Add(
            field,
            $"'{reference}' is none of runs/{{run}}, runs/{{run}}@{{step}}, runs/{{run}}@best, path:{{folder}}, "
            + "hf:{repository}.");
        return null;
    }

    private RunBase? FindOnHub(string reference, string field, Violations problems, string marker)
    {
        if (HubRepository.TryParseModel(reference) is not { } repository)
            problems.Add(field, $"'{reference}' is not of the form hf:<owner>/<name> or hf:<owner>/<name>@<revision>.");
        else if (hub.FindModel(repository) is not { } folder)
            problems.Add(field, $"'{reference}' is not on this machine.");
        else if (!File.Exists(Path.Combine(folder, marker)))
            problems.Add(field, $"'{reference}' has no {marker}.");
        else
            return new RunBase(RunBaseKind.HuggingFace, folder, repository.ToString());
        return null;
    }

    private RunBase? FindPath(string reference, string field, Violations problems, string marker)
    {
        try
        {
            var folder = paths.Resolve(reference, field);
            if (Directory.Exists(folder) && File.Exists(Path.Combine(folder, marker)))
            {
                // One of our own checkpoints has a seal; anything else is Hugging Face's.
                var kind = File.Exists(Path.Combine(folder, CheckpointMark.FileName))
                    ? RunBaseKind.Checkpoint
                    : RunBaseKind.HuggingFace;
                return new RunBase(kind, folder, reference);
            }

            problems.Add(field, $"'{reference}' is no folder with a model: {marker} is missing.");
        }
        catch (InvalidArgumentException e)
        {
            foreach (var violation in e.Violations)
                problems.Add(violation.Field, violation.Description);
        }
        catch (NotFoundException e)
        {
            problems.Add(field, e.Message);
        }

        return null;
    }

    private RunBase? FindCheckpoint(ResourceName name, string field, Violations problems)
    {
        var folder = Path.Combine(root.Runs, name.Id);
        if (!Directory.Exists(folder))
        {
            problems.Add(field, $"There is no run runs/{name.Id}.");
            return null;
        }

        var checkpoints = CheckpointFolder.List(folder);
        var latest = checkpoints.Count > 0 ? checkpoints[0] : null;
        var found = name.Version switch
        {
            null => latest,
            "best" => CheckpointFolder.Best(checkpoints) ?? latest,
            var step => checkpoints.FirstOrDefault(c => c.Step == long.Parse(step, CultureInfo.InvariantCulture)),
        };
        if (found is not null)
            return new RunBase(RunBaseKind.Checkpoint, found.Path, $"runs/{name.Id}@{found.Step}");
        var steps = string.Join(", ", checkpoints.Select(checkpoint => checkpoint.Step));
        problems.Add(
            field,
            checkpoints.Count == 0
                ? $"runs/{name.Id} has no checkpoint yet."
                : $"runs/{name.Id} has no checkpoint of step {name.Version}; there are {steps}.");
        return null;
    }
}
