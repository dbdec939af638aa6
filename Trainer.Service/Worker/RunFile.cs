using System.Text.Json;
using Google.Protobuf;
using Platform.Contracts.Trainer.V1;

namespace Platform.TrainerHost.Worker;

/// <summary>What the worker reads of <c>run.json</c>.</summary>
/// <param name="Id">The run's id.</param>
/// <param name="Spec">What to do, every default filled in.</param>
/// <param name="Base">What to start from, resolved when the run was created.</param>
internal sealed record RunFile(string Id, RunSpec Spec, BaseReference Base)
{
    private const int FormatVersion = 1;

    private static readonly JsonParser s_parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));

    /// <summary>Reads the file in a run's folder.</summary>
    /// <exception cref="TrainingException">It is not there, no JSON, or newer than this program.</exception>
    public static RunFile Read(string runFolder)
    {
        var path = Path.Combine(runFolder, "run.json");
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = document.RootElement;
            var version = root.GetProperty("format_version").GetInt32();
            if (version > FormatVersion)
            {
                throw new TrainingException(
                    FailureReasons.InvalidRun,
                    $"{path} has format version {version}; this program reads up to {FormatVersion}. Update it.");
            }

            var spec = s_parser.Parse<RunSpec>(root.GetProperty("spec").GetRawText());
            var source = root.TryGetProperty("base", out var element)
                ? BaseReference.FromJson(element)
                : new BaseReference(BaseKind.New);
            return new RunFile(root.GetProperty("id").GetString() ?? "", spec, source);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException
            or KeyNotFoundException or InvalidOperationException or FormatException
            or InvalidProtocolBufferException or InvalidJsonException)
        {
            throw new TrainingException(FailureReasons.InvalidRun, $"{path} cannot be read: {e.Message}", e);
        }
    }
}
