namespace Platform.Dashboard.Runs;

/// <summary>Which runs the table shows, as its URL says.</summary>
/// <param name="Text">Words to find.</param>
/// <param name="State">The state's name in lower case; empty: every state.</param>
/// <param name="Tag">A tag; empty: any.</param>
/// <param name="Dataset">A data set's name; empty: any.</param>
/// <param name="Trials">Whether trials of sweeps are among them.</param>
/// <param name="Order">As the service takes it, such as <c>create_time desc</c>.</param>
/// <param name="Page">The page, from 1.</param>
/// <param name="Size">Runs on a page.</param>
public sealed record RunQuery(
    string Text, string State, string Tag, string Dataset, bool Trials, string Order, int Page, int Size = 50)
{
    /// <summary>The order where none is chosen.</summary>
    public const string DefaultOrder = "create_time desc";

    /// <summary>The filter as the service takes it.</summary>
    public string Filter => string.Join(' ', Words);

    private IEnumerable<string> Words
    {
        get
        {
            foreach (var word in Text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                yield return word;
            if (State.Length > 0)
                yield return $"state:{State}";
            if (Tag.Length > 0)
                yield return $"\"tag:{Tag}\"";
            if (Dataset.Length > 0)
                yield return $"dataset:{Dataset}";
            if (!Trials)
                yield return "sweep:";
        }
    }
}
