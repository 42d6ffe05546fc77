using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace RedPacket.Subscribers.Following;

/// <summary>A room in a file of its name.</summary>
internal sealed class SqliteRoomStore(SubscriberRoom room, string folder) : RoomStore(room)
{
    private readonly string _path = Path.GetFullPath(Path.Combine(folder, $"{room.Name}.db"));

    public override string Place => _path;

    // A transaction that writes is alone in the file from its beginning.
    protected override string Lock => "";

    public override void Delete()
    {
        // Windows deletes no file that is open, so idle connections are closed before. A reader may open one meanwhile, which must not see
        // the deleted file again.
        SqliteConnection.ClearPool(new SqliteConnection(ConnectionString));
        // SQLite drops a log that has no file. The other way round a kill in between would leave a file without its log.
        foreach (var end in (string[])["", "-wal", "-shm"])
            File.Delete(_path + end);
        SqliteConnection.ClearPool(new SqliteConnection(ConnectionString));
    }

    protected override DbConnection Connect()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        var connection = new SqliteConnection(ConnectionString);
        connection.Open();
        using var command = connection.CreateCommand();
        // FULL: a position that survives a power cut has its effect beside it. SQLite's own waiting reacts in
        // milliseconds.
        command.CommandText = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 10000";
        command.ExecuteNonQuery();
        return connection;
    }

    protected override DbTransaction BeginSnapshot(DbConnection connection) =>
        ((SqliteConnection)connection).BeginTransaction(deferred: true);

    protected override void Prepare(RoomTransaction transaction)
    {
        // The file and its folder are made with the connection.
    }

    private string ConnectionString => new SqliteConnectionStringBuilder { DataSource = _path }.ToString();
}
