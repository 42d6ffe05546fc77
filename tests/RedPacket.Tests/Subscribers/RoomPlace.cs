using System.Text.RegularExpressions;
using Npgsql;
using RedPacket.Subscribers.Following;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Subscribers;

/// <summary>Where the rooms of one test keep their data: a folder, or a database of PostgreSQL.</summary>
internal sealed partial class RoomPlace : IDisposable
{
    private readonly Folder _folder = new("rooms");
    private readonly string? _database;

    private RoomPlace(string? database) => _database = database;

    public static async Task<RoomPlace> On(SharedPostgres? postgres) => new(postgres is null ? null : await postgres.Take());

    /// <summary>The folder, for a SQLite store.</summary>
    public string Folder => _folder.Root;

    /// <summary>A store that is not open yet. Several of one room are like several processes.</summary>
    public RoomStore Store(SubscriberRoom room) =>
        _database is null ? new SqliteRoomStore(room, _folder.Root) : new PostgresRoomStore(room, _database);

    /// <summary>An open store.</summary>
    public RoomStore Open(SubscriberRoom room)
    {
        var store = Store(room);
        store.Open(0);
        return store;
    }

    /// <summary>Every row of the room's tables, as text.</summary>
    public static string Dump(RoomStore store) => store.Read(transaction => string.Join('\n',
        from table in Table().Matches(store.Room.Schema)
        let name = table.Groups["name"].Value
        from row in transaction.Rows($"SELECT * FROM {name} ORDER BY 1, 2", row =>
        {
            var values = new object[row.FieldCount];
            row.GetValues(values);
            return string.Join(' ', values);
        })
        select $"{name}: {row}"));

    public void Dispose()
    {
        if (_database is not null)
        {
            using var connection = new NpgsqlConnection($"{_database};Pooling=false");
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = """
                DO $$ DECLARE name text; BEGIN
                    FOR name IN SELECT nspname FROM pg_namespace WHERE nspname LIKE 'subscriber%' LOOP
                        EXECUTE 'DROP SCHEMA ' || name || ' CASCADE';
                    END LOOP;
                END $$
                """;
            command.ExecuteNonQuery();
        }
        _folder.Dispose();
    }

    [GeneratedRegex(@"CREATE TABLE (?<name>\w+)")]
    private static partial Regex Table();
}

/// <summary>Fails at a transfer as often as it is told to, after it has written everything up to there.</summary>
internal sealed class PickyRoom(SubscriberRoom inner) : SubscriberRoom
{
    public long Dislikes { get; set; }

    public int Times { get; set; } = int.MaxValue;

    public override string Name => inner.Name;

    public override string Schema => inner.Schema;

    public override void Apply(IReadOnlyList<RedPacket.Messages.SettledTransfer> transfers, RoomTransaction transaction)
    {
        inner.Apply([.. transfers.Where(transfer => transfer.Id != Dislikes)], transaction);
        if (transfers.Any(transfer => transfer.Id == Dislikes) && Times-- > 0)
            throw new InvalidOperationException("it is bitter");
        inner.Apply([.. transfers.Where(transfer => transfer.Id == Dislikes)], transaction);
    }

    public override GrabSums Sums(RoomTransaction transaction) => inner.Sums(transaction);
}
