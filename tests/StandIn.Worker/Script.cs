using System.Text.Json;

namespace Platform.StandIn;

/// <summary>What a stand-in does beside training: <c>script/{run}.json</c> or <c>script/default.json</c>.</summary>
public sealed record Script
{
    /// <summary>Milliseconds a step takes.</summary>
    public int StepMs { get; init; }

    /// <summary>Waits before this step until <c>script/{run}.go</c> exists.</summary>
    public long? HoldAt { get; init; }

    /// <summary>Dies by SIGKILL before this step.</summary>
    public long? DieAt { get; init; }

    /// <summary>In how many attempts it dies.</summary>
    public int DieAttempts { get; init; } = 1;

    /// <summary>Fails with a message before this step.</summary>
    public long? FailAt { get; init; }

    /// <summary>In how many attempts it fails.</summary>
    public int FailAttempts { get; init; } = 1;

    /// <summary>Takes no notice of SIGTERM.</summary>
    public bool IgnoreTerm { get; init; }

    /// <summary>Added to every loss.</summary>
    public double Offset { get; init; }

    /// <summary>Reads a run's script.</summary>
    public static Script Read(string folder, string run)
    {
        foreach (var name in new[] { run, "default" })
        {
            var path = Path.Combine(folder, name + ".json");
            if (File.Exists(path))
                return JsonSerializer.Deserialize<Script>(File.ReadAllText(path))!;
        }

        return new Script();
    }
}
