using Google.Protobuf;
using Spectre.Console;

namespace Platform.Cli.Output;

/// <summary>What the Cli prints: tables and lines for people, or with <c>--json</c> one proto's JSON a line.</summary>
internal sealed class CliOutput(bool json, IAnsiConsole console, TextWriter standardOutput)
{
    private static readonly JsonFormatter s_formatter =
        new(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true));

    /// <summary>Whether to print JSON only.</summary>
    public bool IsJson { get; } = json;

    /// <summary>The terminal, for tables and bars; standard error with <c>--json</c>.</summary>
    public IAnsiConsole Console { get; } = console;

    /// <summary>Prints a message as JSON on a line of its own.</summary>
    public void WriteJson(IMessage message)
    {
        standardOutput.WriteLine(s_formatter.Format(message));
        standardOutput.Flush();
    }

    /// <summary>Prints a line for people; nothing with <c>--json</c>.</summary>
    public void WriteLine(string text)
    {
        if (!IsJson)
            standardOutput.WriteLine(text);
    }

    /// <summary>Prints raw text as it is, such as generated text or a table's content.</summary>
    public void Write(string text)
    {
        standardOutput.Write(text);
        standardOutput.Flush();
    }

    /// <summary>Prints a message as JSON, or else what <paramref name="forPeople"/> prints.</summary>
    public void Write(IMessage message, Action forPeople)
    {
        if (IsJson)
            WriteJson(message);
        else
            forPeople();
    }

    /// <summary>Prints rows as a table, or as JSON one message a line.</summary>
    public void WriteTable<T>(IEnumerable<T> rows, params (string Title, Func<T, string> Cell)[] columns)
        where T : IMessage
    {
        if (IsJson)
        {
            foreach (var row in rows)
                WriteJson(row);
            return;
        }

        var table = new Table().Border(TableBorder.Simple);
        foreach (var (title, _) in columns)
            table.AddColumn(new TableColumn(title).NoWrap());
        foreach (var row in rows)
            table.AddRow([.. columns.Select(column => new Text(column.Cell(row)))]);
        if (table.Rows.Count == 0)
            standardOutput.WriteLine("None.");
        else
            Console.Write(table);
    }
}
