namespace Platform.InferenceHost.Generation;

/// <summary>
/// Lets text through up to the first stop text, and holds back an end that may be the beginning of one until it is
/// known.
/// </summary>
internal sealed class StopTextFilter(IReadOnlyList<string> stops)
{
    private string _held = "";

    /// <summary>Whether a stop text was found; nothing comes through any more.</summary>
    public bool Stopped { get; private set; }

    /// <summary>Takes more text; returns what is certain to be in front of any stop text.</summary>
    public string Push(string text)
    {
        if (Stopped)
            return "";
        if (stops.Count == 0)
            return text;
        var buffer = _held + text;
        var found = FirstStop(buffer);
        Stopped = found >= 0;
        var certain = Stopped ? found : buffer.Length - LongestBeginning(buffer);
        _held = Stopped ? "" : buffer[certain..];
        return buffer[..certain];
    }

    /// <summary>What was held back, at the end of a text that no stop text ended.</summary>
    public string Flush()
    {
        var held = _held;
        _held = "";
        return held;
    }

    private int FirstStop(string buffer)
    {
        var first = -1;
        foreach (var stop in stops)
        {
            var at = buffer.IndexOf(stop, StringComparison.Ordinal);
            if (at >= 0 && (first < 0 || at < first))
                first = at;
        }

        return first;
    }

    // Length of the longest end of the text that some stop text begins with.
    private int LongestBeginning(string buffer)
    {
        var longest = 0;
        foreach (var stop in stops)
        {
            for (var length = Math.Min(stop.Length - 1, buffer.Length); length > longest; length--)
            {
                if (buffer.AsSpan(buffer.Length - length).SequenceEqual(stop.AsSpan(0, length)))
                    longest = length;
            }
        }

        return longest;
    }
}
