using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using Platform.Contracts.Trainer.V1;
using Platform.TrainerHost.Runs;
using Platform.Workers;
using Platform.Workspaces;
using Platform.Workspaces.Errors;

namespace Platform.TrainerHost.Export;

/// <summary>Exports models into <c>exports/&lt;id&gt;/</c>, one at a time, each by a process of its own.</summary>
internal sealed class ModelExporter(
    DataRoot root, BaseModelResolver bases, IOptions<TrainerOptions> options, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan s_lookEvery = TimeSpan.FromMilliseconds(250);

    private readonly SemaphoreSlim _one = new(1);

    /// <summary>Exports, and tells how far it is until the files are whole.</summary>
    public async IAsyncEnumerable<ExportModelResponse> ExportAsync(
        ExportModelRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await bases.FetchAsync(cancellationToken, request.Model);
        var (source, folder) = Check(request);
        yield return new ExportModelResponse { Message = "Waiting for its turn" };
        await _one.WaitAsync(cancellationToken);
        try
        {
            var hidden = ResourceFolder.BeginNew(folder);
            var log = Path.Combine(root.StateDir, $"export-{Guid.NewGuid():N}.log");
            try
            {
                Directory.CreateDirectory(root.StateDir);
                using var worker = WorkerProcess.Start(new WorkerStart(
                    WorkerCommand.Create(
                        typeof(ModelExporter).Assembly,
                        [.. options.Value.WorkerPrefix],
                        ExportProgram.Verb,
                        source.ToJson().ToJsonString(),
                        request.Format.ToString(),
                        hidden),
                    log));
                await foreach (var progress in FollowAsync(worker, log, cancellationToken))
                    yield return progress;
                await EndAsync(worker, log);
                if (!ResourceFolder.TryCommit(hidden, folder))
                    throw new AlreadyExistsException($"{folder} is there already.");
            }
            finally
            {
                if (Directory.Exists(hidden))
                    Directory.Delete(hidden, recursive: true);
                File.Delete(log);
            }
        }
        finally
        {
            _one.Release();
        }

        var done = new ExportModelResponse { Message = "Exported", Fraction = 1, Folder = folder };
        done.Files.AddRange(Directory.EnumerateFiles(folder).Select(file => Path.GetFileName(file)).Order());
        yield return done;
    }

    public void Dispose() => _one.Dispose();

    private (RunBase Source, string Folder) Check(ExportModelRequest request)
    {
        var problems = new Violations();
        problems.Require(
            request.Format != ExportFormat.Unspecified && Enum.IsDefined(request.Format),
            "format",
            "Must be one of HUGGING_FACE, GGUF, LLMC, PEFT.");
        problems.Require(
            request.ExportId.Length == 0 || ResourceId.IsValid(request.ExportId),
            "export_id",
            $"'{request.ExportId}' is not of the form [a-z0-9][a-z0-9-]{{0,62}}.");
        var source = bases.Find(request.Model, "model", problems);
        problems.ThrowIfAny();
        var id = request.ExportId.Length > 0 ? request.ExportId : DefaultId(source!, request.Format);
        var folder = Path.Combine(root.Path, "exports", id);
        return Directory.Exists(folder)
            ? throw new AlreadyExistsException($"The export '{id}' is there already; delete it or choose another id.")
            : (source!, folder);
    }

    // runs/book@500 → book-500-gguf
    private static string DefaultId(RunBase source, ExportFormat format)
    {
        var name = ResourceName.TryParse(source.Name!, "runs") is { } run
            ? $"{run.Id}-{run.Version}"
            : Path.GetFileName(source.Folder!);
        var suffix = "-" + format.ToString().ToLowerInvariant();
        var plain = new string([.. name.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')])
            .Trim('-');
        return (plain.Length == 0 ? "model" : plain[..Math.Min(plain.Length, 63 - suffix.Length)]) + suffix;
    }

    private async IAsyncEnumerable<ExportModelResponse> FollowAsync(
        WorkerProcess worker, string log, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var last = "";
        while (!worker.Exited.IsCompleted)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                worker.Kill();
                await worker.Exited;
                cancellationToken.ThrowIfCancellationRequested();
            }

            var line = LastProgress(log);
            if (line is not null && line != last)
            {
                last = line;
                yield return Parse(line);
            }

            await Task.WhenAny(worker.Exited, Task.Delay(s_lookEvery, time, CancellationToken.None));
        }
    }

    private static ExportModelResponse Parse(string line)
    {
        var parts = line[ExportProgram.ProgressMark.Length..].Split(' ', 2);
        return new ExportModelResponse
        {
            Fraction = double.Parse(parts[0], CultureInfo.InvariantCulture),
            Message = parts[1],
        };
    }

    private static string? LastProgress(string log)
    {
        if (!File.Exists(log))
            return null;
        var text = File.ReadAllText(log);
        return text[..(text.LastIndexOf('\n') + 1)].Split('\n')
            .LastOrDefault(line => line.StartsWith(ExportProgram.ProgressMark, StringComparison.Ordinal));
    }

    private static async Task EndAsync(WorkerProcess worker, string log)
    {
        var exit = await worker.Exited;
        if (exit.Code == 0)
            return;
        var words = File.ReadLines(log)
            .Where(line => !line.StartsWith(ExportProgram.ProgressMark, StringComparison.Ordinal))
            .LastOrDefault(line => line.Length > 0);
        throw new FailedPreconditionException($"The export {exit.Describe()}: {words}");
    }
}
