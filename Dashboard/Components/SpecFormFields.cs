using Google.Protobuf;
using Platform.Specs;

namespace Platform.Dashboard.Components;

/// <summary>The texts of a spec's settings as they stand in a form, and what is wrong with them.</summary>
public abstract class SpecFormFields
{
    /// <summary>Problems that belong to no field on the page.</summary>
    public IReadOnlyList<string> OtherProblems { get; protected set; } = [];

    /// <summary>The texts by their settings' paths.</summary>
    protected Dictionary<string, string> Values { get; } = [];

    /// <summary>What is wrong, by path.</summary>
    protected Dictionary<string, string> Problems { get; } = [];

    /// <summary>The text of a field.</summary>
    /// <param name="path">The setting's path in the spec.</param>
    public string this[string path]
    {
        get => Values.GetValueOrDefault(path, "");
        set
        {
            Values[path] = value;
            Problems.Remove(path);
        }
    }

    /// <summary>What is wrong with a field; null where nothing is.</summary>
    /// <param name="path">The setting's path in the spec, or another field's of the request.</param>
    public string? Problem(string path) => Problems.GetValueOrDefault(path);

    /// <summary>Forgets what was wrong.</summary>
    protected void ClearProblems()
    {
        Problems.Clear();
        OtherProblems = [];
    }

    /// <summary>Reads YAML into a spec.</summary>
    /// <returns>What is wrong with it, with its line; null where nothing is.</returns>
    protected static string? Parse(IMessage spec, string yaml)
    {
        try
        {
            SpecFile.ParseInto(spec, yaml, "line");
            return null;
        }
        catch (SpecException problem)
        {
            return problem.Message.Replace("line:", "Line ", StringComparison.Ordinal);
        }
    }
}
