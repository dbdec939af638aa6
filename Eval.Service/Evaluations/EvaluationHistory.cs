using System.Text.Json;
using Platform.Contracts.Common.V1;

namespace Platform.EvalHost.Evaluations;

/// <summary>Where an evaluation stands, from its events one after the other.</summary>
internal sealed class EvaluationHistory
{
    private int _diedAt = -1;

    /// <summary>Where it stands.</summary>
    public State State { get; private set; } = State.Queued;

    /// <summary>Why it failed; null otherwise.</summary>
    public Failure? Error { get; private set; }

    /// <summary>When its first worker began.</summary>
    public DateTimeOffset? StartTime { get; private set; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? EndTime { get; private set; }

    /// <summary>When it began to wait, last.</summary>
    public DateTimeOffset QueueTime { get; private set; }

    /// <summary>When the last worker began.</summary>
    public DateTimeOffset? AttemptTime { get; private set; }

    /// <summary>The last worker's number; 0 before the first.</summary>
    public int Attempt { get; private set; }

    /// <summary>Items there are to grade; 0 while unknown.</summary>
    public int Total { get; private set; }

    /// <summary>Whether the last worker ended as it was told to.</summary>
    public bool WorkerStopped { get; private set; }

    /// <summary>Workers that died one after the other without having graded an item.</summary>
    public int DeathsWithoutProgress { get; private set; }

    /// <summary>Whether it has ended.</summary>
    public bool IsTerminal => State is State.Succeeded or State.Failed or State.Cancelled;

    /// <summary>Takes the next event.</summary>
    public void Apply(JsonElement record)
    {
        var time = record.TryGetProperty("time", out var text) && text.TryGetDateTimeOffset(out var value)
            ? value
            : DateTimeOffset.UnixEpoch;
        switch (Text(record, "type"))
        {
            case EvaluationEvents.Created or EvaluationEvents.Queued:
                (State, Error, EndTime, QueueTime) = (State.Queued, null, null, time);
                if (record.TryGetProperty("by_caller", out _))
                    (DeathsWithoutProgress, _diedAt) = (0, -1);
                break;
            case EvaluationEvents.Started:
                State = State.Running;
                WorkerStopped = false;
                StartTime ??= time;
                AttemptTime = time;
                Attempt = Number(record, "attempt");
                break;
            case EvaluationEvents.CancelRequested:
                State = State.Cancelling;
                break;
            case EvaluationEvents.Items:
                Total = Number(record, "total");
                break;
            case EvaluationEvents.Stopped:
                WorkerStopped = true;
                break;
            case EvaluationEvents.WorkerDied:
                var graded = Number(record, "graded");
                DeathsWithoutProgress = graded == _diedAt ? DeathsWithoutProgress + 1 : 1;
                _diedAt = graded;
                break;
            case EvaluationEvents.Finished:
                (State, EndTime) = (State.Succeeded, time);
                break;
            case EvaluationEvents.Cancelled:
                (State, EndTime) = (State.Cancelled, time);
                break;
            case EvaluationEvents.Failed:
                (State, EndTime) = (State.Failed, time);
                Error = new Failure
                {
                    Reason = Text(record, "reason"),
                    Message = Text(record, "message"),
                    Resumable = !record.TryGetProperty("resumable", out var resumable)
                        || resumable.ValueKind == JsonValueKind.True,
                };
                break;
        }
    }

    private static string Text(JsonElement record, string name) =>
        record.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static int Number(JsonElement record, string name) =>
        record.TryGetProperty(name, out var value) && value.TryGetInt32(out var number) ? number : 0;
}
