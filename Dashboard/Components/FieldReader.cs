using System.Globalization;
using Platform.Dashboard.Clients;

namespace Platform.Dashboard.Components;

/// <summary>Reads what was typed into a form's fields and notes what is no value of its field.</summary>
public sealed class FieldReader
{
    private static readonly char[] s_separators = [',', '\n'];

    private readonly List<FieldProblem> _problems = [];

    /// <summary>What was wrong, as the service would say it; null where nothing was.</summary>
    public CallFailure? Failure => _problems.Count > 0 ? new(FailureKind.Invalid, "", "", _problems) : null;

    /// <summary>What was wrong, by field.</summary>
    public IReadOnlyList<FieldProblem> Problems => _problems;

    /// <summary>Notes what is wrong with a field.</summary>
    /// <param name="path">The field's path in the request.</param>
    /// <param name="message">What is wanted instead.</param>
    public void Refuse(string path, string message) => _problems.Add(new(path, message));

    /// <summary>A whole number; null for an empty field and for one that holds none.</summary>
    /// <param name="path">The field's path in the request.</param>
    /// <param name="text">What was typed.</param>
    public long? Whole(string path, string text)
    {
        var digits = Digits(text);
        if (digits.Length == 0)
            return null;
        if (long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
            return value;
        Refuse(path, "A whole number is wanted.");
        return null;
    }

    /// <summary>A whole number of 32 bits.</summary>
    /// <inheritdoc cref="Whole"/>
    public int? Small(string path, string text)
    {
        if (Whole(path, text) is not { } value)
            return null;
        if (value is >= int.MinValue and <= int.MaxValue)
            return (int)value;
        Refuse(path, "That is too large.");
        return null;
    }

    /// <summary>A number.</summary>
    /// <inheritdoc cref="Whole"/>
    public double? Number(string path, string text)
    {
        var digits = Digits(text);
        if (digits.Length == 0)
            return null;
        if (double.TryParse(digits, CultureInfo.InvariantCulture, out var value))
            return value;
        Refuse(path, "A number is wanted.");
        return null;
    }

    /// <summary>Values with commas or line ends between them.</summary>
    /// <param name="text">What was typed.</param>
    public static string[] List(string text) =>
        text.Split(s_separators, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>What is wrong with a field, or an element of it, of a request or of its spec.</summary>
    /// <param name="failure">What was refused; null: nothing was.</param>
    /// <param name="field">The field's path below the request or its spec.</param>
    public static string? Problem(CallFailure? failure, string field) =>
        failure?.Fields.FirstOrDefault(f => IsOf(f.Path, field) || IsOf(f.Path, "spec." + field))?.Message;

    private static bool IsOf(string path, string field) =>
        path == field || path.StartsWith(field + "[", StringComparison.Ordinal);

    private static string Digits(string text) => text.Replace(",", "", StringComparison.Ordinal).Trim();
}
