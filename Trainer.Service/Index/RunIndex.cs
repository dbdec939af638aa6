using Microsoft.Data.Sqlite;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Trainer.V1;
using Platform.Workspaces;

namespace Platform.TrainerHost.Index;

/// <summary>
/// The SQLite index of the run folders: for lists, filters and orders. It holds nothing that the folders do not; a
/// database that is gone or corrupt is made anew and filled from them.
/// </summary>
internal sealed partial class RunIndex : IDisposable
{
    private const int InputOutputError = 10;
    private const int Corrupt = 11;
    private const int CannotOpen = 14;
    private const int NotADatabase = 26;

    private const int MaxWords = 100;

    private const int SchemaVersion = 2;
    private const string Schema = """
        CREATE TABLE runs (
          id TEXT PRIMARY KEY, create_time INTEGER NOT NULL, end_time INTEGER, display_name TEXT NOT NULL,
          state INTEGER NOT NULL, step INTEGER NOT NULL, train_loss REAL, validation_loss REAL, dataset TEXT NOT NULL,
          start_time INTEGER, tokens INTEGER NOT NULL, tokens_per_second REAL, best_validation_loss REAL,
          sweep TEXT NOT NULL, tags TEXT NOT NULL, base_run TEXT, request_id TEXT NOT NULL, stamp TEXT NOT NULL,
          run BLOB NOT NULL);
        CREATE INDEX runs_create_time ON runs (create_time);
        CREATE INDEX runs_sweep ON runs (sweep);
        CREATE INDEX runs_base_run ON runs (base_run);
        CREATE INDEX runs_request_id ON runs (request_id);
        """;

    private readonly ILogger<RunIndex> _logger;
    private readonly Lock _writing = new();
    private readonly string _path;
    private readonly string _connectionString;

    public RunIndex(DataRoot root, ILogger<RunIndex> logger)
    {
        _logger = logger;
        Directory.CreateDirectory(root.StateDir);
        _path = Path.Combine(root.StateDir, "trainer.db");
        _connectionString = new SqliteConnectionStringBuilder { DataSource = _path, DefaultTimeout = 5 }.ToString();
    }

    /// <summary>Opens the database, or makes a new one where there is none, an older one, or a corrupt one.</summary>
    /// <returns>Whether it is new, so that it must be filled.</returns>
    public bool Open()
    {
        lock (_writing)
        {
            try
            {
                if (File.Exists(_path) && IsUsable())
                    return false;
                LogNew(_path);
            }
            catch (SqliteException e)
            {
                LogUnusable(e, _path);
            }

            Recreate();
            return true;
        }
    }

    /// <summary>Whether an error says that the database itself is broken.</summary>
    public static bool IsCorruption(SqliteException error) =>
        error.SqliteErrorCode is InputOutputError or Corrupt or CannotOpen or NotADatabase
        || error.Message.Contains("no such table", StringComparison.Ordinal);

    /// <summary>Writes rows, all or none.</summary>
    public void Put(IReadOnlyCollection<RunRow> rows)
    {
        lock (_writing)
        {
            using var connection = Connect();
            // An index can be made again, so it need not wait for the disk.
            Scalar(connection, "PRAGMA synchronous = OFF");
            using var transaction = connection.BeginTransaction();
            using var command = connection.CreateCommand();
            command.CommandText = """
                INSERT OR REPLACE INTO runs VALUES (@id, @create_time, @end_time, @display_name, @state, @step,
                  @train_loss, @validation_loss, @dataset, @start_time, @tokens, @tokens_per_second,
                  @best_validation_loss, @sweep, @tags, @base_run, @request_id, @stamp, @run)
                """;
            foreach (var row in rows)
            {
                Bind(command, row);
                command.ExecuteNonQuery();
            }

            transaction.Commit();
        }
    }

    /// <summary>Forgets a run.</summary>
    public void Remove(string id)
    {
        lock (_writing)
        {
            using var connection = Connect();
            using var command = connection.CreateCommand();
            command.CommandText = "DELETE FROM runs WHERE id = @id";
            command.Parameters.AddWithValue("@id", id);
            command.ExecuteNonQuery();
        }
    }

    /// <summary>One run; null where there is none.</summary>
    public Run? Get(string id) => Query("SELECT run FROM runs WHERE id = @id", ReadRun, ("@id", id)).FirstOrDefault();

    /// <summary>The run that a request made; null where there is none.</summary>
    public Run? ByRequest(string requestId) =>
        Query("SELECT run FROM runs WHERE request_id = @r", ReadRun, ("@r", requestId)).FirstOrDefault();

    /// <summary>Ids of runs that are built on a run.</summary>
    public IReadOnlyList<string> BuiltOn(string id) =>
        Query("SELECT id FROM runs WHERE base_run = @id ORDER BY id", row => row.GetString(0), ("@id", id));

    /// <summary>A sweep's trials, in no order.</summary>
    public IReadOnlyList<Run> OfSweep(string sweep) =>
        Query("SELECT run FROM runs WHERE sweep = @s", ReadRun, ("@s", sweep));

    /// <summary>All ids with their stamps.</summary>
    public IReadOnlyDictionary<string, string> Stamps() =>
        Query("SELECT id, stamp FROM runs", row => (row.GetString(0), row.GetString(1)))
            .ToDictionary(pair => pair.Item1, pair => pair.Item2);

    /// <summary>Ids of runs in a state other than the ended ones.</summary>
    public IReadOnlyList<string> NotEnded() =>
        Query("SELECT id FROM runs WHERE state NOT IN (3, 4, 6) ORDER BY id", row => row.GetString(0));

    /// <summary>Whether a run matches.</summary>
    public bool Matches(RunFilter filter, string id) =>
        Query($"SELECT 1 FROM runs WHERE id = @id AND {filter.Sql}", _ => true, [("@id", id), .. Values(filter)])
            .Count > 0;

    /// <summary>How many runs match.</summary>
    public int Count(RunFilter filter) => Query(
        $"SELECT count(*) FROM runs WHERE {filter.Sql}", row => row.GetInt32(0), [.. Values(filter)])[0];

    /// <summary>How many runs are in each state, of those that match but for the state.</summary>
    public IReadOnlyList<(State State, int Count)> CountByState(RunFilter filter) => Query(
        $"SELECT state, count(*) FROM runs WHERE {filter.SqlWithoutState} GROUP BY state ORDER BY state",
        row => ((State)row.GetInt32(0), row.GetInt32(1)),
        [.. Values(filter)]);

    /// <summary>Ids of a page of runs that match.</summary>
    public IReadOnlyList<string> Ids(RunFilter filter, RunOrder order, int skip, int count) => Query(
        $"SELECT id FROM runs WHERE {filter.Sql} ORDER BY {order.Sql} LIMIT @n OFFSET @skip",
        row => row.GetString(0),
        [.. Values(filter), ("@n", count), ("@skip", skip)]);

    /// <summary>Tags of all runs, the most used first.</summary>
    public IReadOnlyList<string> Tags() => Query(
        "SELECT value FROM runs, json_each(runs.tags) GROUP BY value ORDER BY count(*) DESC, value LIMIT @n",
        row => row.GetString(0),
        ("@n", MaxWords));

    /// <summary>Data sets of all runs, the most used first.</summary>
    public IReadOnlyList<string> Datasets() => Query(
        "SELECT dataset FROM runs GROUP BY dataset ORDER BY count(*) DESC, dataset LIMIT @n",
        row => row.GetString(0),
        ("@n", MaxWords));

    /// <summary>A page of runs that match, with the key of each row for the next page's token.</summary>
    public IReadOnlyList<(Run Run, object Key)> List(
        RunFilter filter, RunOrder order, (object Key, string Id)? behind, int count)
    {
        var condition = behind is null ? "" : $" AND {order.BehindSql}";
        var parameters = Values(filter).Append(("@n", count));
        if (behind is { } last)
            parameters = [.. parameters, ("@key", last.Key), ("@id", last.Id)];
        return Query(
            $"SELECT run, {order.Key} FROM runs WHERE {filter.Sql}{condition} ORDER BY {order.Sql} LIMIT @n",
            row => (ReadRun(row), row.GetValue(1)),
            [.. parameters]);
    }

    public void Dispose()
    {
        using var connection = new SqliteConnection(_connectionString);
        SqliteConnection.ClearPool(connection);
    }

    private static Run ReadRun(SqliteDataReader row) => Run.Parser.ParseFrom((byte[])row.GetValue(0));

    private static IEnumerable<(string, object)> Values(RunFilter filter) =>
        filter.Values.Select((value, i) => ($"@f{i}", value));

    private List<T> Query<T>(
        string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using var connection = Connect();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
            command.Parameters.AddWithValue(name, value);
        using var reader = command.ExecuteReader();
        var result = new List<T>();
        while (reader.Read())
            result.Add(read(reader));
        return result;
    }

    private static void Bind(SqliteCommand command, RunRow row)
    {
        var run = row.Run;
        command.Parameters.Clear();
        Add("@id", row.Id);
        Add("@create_time", run.CreateTime.ToDateTime().Ticks);
        Add("@end_time", run.EndTime?.ToDateTime().Ticks);
        Add("@display_name", run.DisplayName);
        Add("@state", (int)run.State);
        Add("@step", run.Step);
        Add("@train_loss", run.HasTrainLoss ? run.TrainLoss : null);
        Add("@validation_loss", run.HasValidationLoss ? run.ValidationLoss : null);
        Add("@dataset", run.Spec.Dataset);
        Add("@start_time", run.StartTime?.ToDateTime().Ticks);
        Add("@tokens", run.Tokens);
        Add("@tokens_per_second", run.HasTokensPerSecond ? run.TokensPerSecond : null);
        Add("@best_validation_loss", run.HasBestValidationLoss ? run.BestValidationLoss : null);
        Add("@sweep", run.Sweep);
        Add("@tags", row.TagsJson);
        Add("@base_run", row.BaseRun);
        Add("@request_id", row.RequestId);
        Add("@stamp", row.Stamp);
        Add("@run", row.Blob);

        // NaN has no place in SQLite: it is none.
        void Add(string name, object? value) =>
            command.Parameters.AddWithValue(name, value is null or double.NaN ? DBNull.Value : value);
    }

    private SqliteConnection Connect()
    {
        var connection = new SqliteConnection(_connectionString);
        connection.Open();
        return connection;
    }

    private bool IsUsable()
    {
        using var connection = Connect();
        return (long)Scalar(connection, "PRAGMA user_version")! == SchemaVersion
            && (string)Scalar(connection, "PRAGMA quick_check(1)")! == "ok";
    }

    /// <summary>Deletes the database and makes an empty one.</summary>
    public void Recreate()
    {
        lock (_writing)
        {
            SqliteConnection.ClearAllPools();
            Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
            foreach (var suffix in new[] { "", "-wal", "-shm", "-journal" })
                File.Delete(_path + suffix);
            using var connection = Connect();
            Scalar(connection, "PRAGMA journal_mode = WAL");
            Scalar(connection, Schema);
            Scalar(connection, $"PRAGMA user_version = {SchemaVersion}");
        }
    }

    private static object? Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Making the index {Path} from the run folders.")]
    private partial void LogNew(string path);

    [LoggerMessage(
        Level = LogLevel.Warning, Message = "The index {Path} cannot be used; it is made anew from the run folders.")]
    private partial void LogUnusable(Exception error, string path);
}
