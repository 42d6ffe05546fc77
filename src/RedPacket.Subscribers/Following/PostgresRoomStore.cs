using System.Data;
using System.Data.Common;
using Npgsql;

namespace RedPacket.Subscribers.Following;

/// <summary>A room in a schema of its name.</summary>
internal sealed class PostgresRoomStore : RoomStore
{
    private const int ConnectSeconds = 5;
    private const int PooledAtMost = 5;

    private readonly string _schema;
    private readonly string _connectionString;

    public PostgresRoomStore(SubscriberRoom room, string connectionString) : base(room)
    {
        _schema = $"subscriber_{room.Name.Replace('-', '_')}";
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { Enlist = false, SearchPath = _schema };
        if (!settings.ShouldSerialize("Timeout"))
            settings.Timeout = ConnectSeconds;
        if (!settings.ShouldSerialize("Maximum Pool Size"))
            settings.MaxPoolSize = PooledAtMost;
        settings.ApplicationName ??= $"redpacket {room.Name}";
        _connectionString = settings.ConnectionString;
    }

    public override string Place => $"the schema {_schema} of PostgreSQL";

    // Another process of the room waits here, and then finds the new position.
    protected override string Lock => "FOR UPDATE";

    /// <summary>True for a connection string that names a server.</summary>
    public static bool IsUsable(string connectionString)
    {
        try
        {
            return !string.IsNullOrWhiteSpace(new NpgsqlConnectionStringBuilder(connectionString).Host);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            return false;
        }
    }

    public override void Delete()
    {
        using var connection = Connect();
        using var transaction = connection.BeginTransaction();
        new RoomTransaction(connection, transaction).Execute($"DROP SCHEMA IF EXISTS {_schema} CASCADE");
        transaction.Commit();
    }

    protected override DbConnection Connect()
    {
        var connection = new NpgsqlConnection(_connectionString);
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    protected override DbTransaction BeginSnapshot(DbConnection connection) => connection.BeginTransaction(IsolationLevel.RepeatableRead);

    protected override void Prepare(RoomTransaction transaction)
    {
        // Of two that make it at the same time one would fail.
        transaction.Execute("SELECT pg_advisory_xact_lock(hashtext(@schema))", ("schema", _schema));
        transaction.Execute($"CREATE SCHEMA IF NOT EXISTS {_schema}");
    }
}
