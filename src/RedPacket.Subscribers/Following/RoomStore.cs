using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using RedPacket.Messages;

namespace RedPacket.Subscribers.Following;

/// <summary>What became of transfers that were handed to a room.</summary>
internal enum TakeOutcome
{
    /// <summary>At least one was new, and its effect is committed together with the position.</summary>
    Applied,

    /// <summary>The room had all of them already.</summary>
    Known,

    /// <summary>Transfers between the position and the first of them are missing. Nothing has changed.</summary>
    Gap,

    /// <summary>The room follows no more, because the ledger was restored. Nothing has changed.</summary>
    Ahead,
}

/// <summary>How far a room is.</summary>
/// <param name="Number">The last transfer whose effect it has.</param>
/// <param name="Origin">The transfer behind which it began; 0 when it has seen all of them.</param>
/// <param name="IsAhead">True once the ledger ended before this position.</param>
internal sealed record RoomPosition(long Number, long Origin, bool IsAhead);

/// <summary>A room's effect failed. The position is where it was.</summary>
internal sealed class PoisonMessageException(long transfer, Exception inner) : Exception(inner.Message, inner)
{
    /// <summary>The first of the transfers that were applied together.</summary>
    public long Transfer => transfer;
}

/// <summary>The store is being built again.</summary>
internal sealed class RoomClosedException(string room) : DbException($"The store of the room {room} is being built again.");

/// <summary>
/// The store of one room. It keeps the position in the same transaction as the effect. So whatever comes again is
/// recognised, and whatever is missing is noticed: each transfer has its effect exactly once.
/// </summary>
internal abstract class RoomStore(SubscriberRoom room)
{
    private const string Progress = """
        CREATE TABLE IF NOT EXISTS progress (
            only_row INTEGER PRIMARY KEY CHECK (only_row = 1), position BIGINT NOT NULL, origin BIGINT NOT NULL,
            ahead INTEGER NOT NULL, version TEXT NOT NULL)
        """;

    private volatile bool _isClosed;

    public SubscriberRoom Room => room;

    /// <summary>Where it is, without secrets.</summary>
    public abstract string Place { get; }

    /// <summary>True when its tables are there.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>Makes the tables where there are none. A new store begins behind the transfer <paramref name="origin"/>.</summary>
    /// <exception cref="InvalidOperationException">Another version of the room has made the store.</exception>
    public void Open(long origin)
    {
        Write(transaction =>
        {
            Prepare(transaction);
            transaction.Execute(Progress);
            if (transaction.Number("SELECT count(*) FROM progress") == 0)
            {
                transaction.Execute(room.Schema);
                transaction.Execute(
                    "INSERT INTO progress VALUES (1, @origin, @origin, 0, @version)", ("origin", origin), ("version", Version));
            }
            else if (transaction.Rows("SELECT version FROM progress", row => row.GetString(0)).Single() != Version)
            {
                throw new InvalidOperationException(
                    $"Another version of the room {room.Name} has made {Place}. Start the program once with --again, or delete it.");
            }
            return true;
        });
        (IsOpen, _isClosed) = (true, false);
    }

    /// <summary>Nobody reads it until it is opened again.</summary>
    public void Close() => (IsOpen, _isClosed) = (false, true);

    /// <summary>Deletes all that the room has kept.</summary>
    public abstract void Delete();

    /// <summary>Takes transfers without a gap between them: those beyond the position have their effect now.</summary>
    /// <param name="applied">Gets those, when their effect is durable.</param>
    /// <exception cref="PoisonMessageException">The effect of one of them fails.</exception>
    public TakeOutcome Take(IReadOnlyList<SettledTransfer> transfers, Action<IReadOnlyList<SettledTransfer>>? applied = null)
    {
        SettledTransfer[] news = [];
        var outcome = Write(transaction =>
        {
            var position = Position(transaction, Lock);
            if (position.IsAhead)
                return TakeOutcome.Ahead;
            news = [.. transfers.Where(transfer => transfer.Id > position.Number)];
            if (news.Length == 0)
                return TakeOutcome.Known;
            if (news[0].Id != position.Number + 1)
                return TakeOutcome.Gap;
            Digest(news, transaction);
            transaction.Execute("UPDATE progress SET position = @position", ("position", news[^1].Id));
            return TakeOutcome.Applied;
        });
        if (outcome == TakeOutcome.Applied)
            applied?.Invoke(news);
        return outcome;
    }

    /// <summary>The ledger ended before the position. It may grow beyond it again, so this is kept.</summary>
    public void MarkAhead() => Write(transaction => transaction.Execute("UPDATE progress SET ahead = 1"));

    public RoomPosition Position() => Read(transaction => Position(transaction, ""));

    /// <summary>The position and the sums of one moment.</summary>
    public (RoomPosition Position, GrabSums Sums) Sums() =>
        Read(transaction => (Position(transaction, ""), room.Sums(transaction)));

    /// <summary>The same for a caller whose thread must not be held up: a store answers synchronously.</summary>
    public Task<T> ReadAside<T>(Func<RoomTransaction, T> read) => Task.Run(() => Read(read));

    /// <summary>Reads one moment, and delays no writer.</summary>
    /// <exception cref="RoomClosedException">It is being built again.</exception>
    public T Read<T>(Func<RoomTransaction, T> read)
    {
        if (_isClosed)
            throw new RoomClosedException(room.Name);
        using var connection = Connect();
        using var transaction = BeginSnapshot(connection);
        return read(new RoomTransaction(connection, transaction));
    }

    /// <summary>Ends a statement that reads the position, so that other processes of the room wait.</summary>
    protected abstract string Lock { get; }

    protected abstract DbConnection Connect();

    protected abstract DbTransaction BeginSnapshot(DbConnection connection);

    /// <summary>Before the tables are made. Two processes may do it at the same time.</summary>
    protected abstract void Prepare(RoomTransaction transaction);

    private string Version => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(room.Schema)))[..16];

    private T Write<T>(Func<RoomTransaction, T> write)
    {
        using var connection = Connect();
        using var transaction = connection.BeginTransaction();
        var result = write(new RoomTransaction(connection, transaction));
        transaction.Commit();
        return result;
    }

    private void Digest(SettledTransfer[] transfers, RoomTransaction transaction)
    {
        try
        {
            room.Apply(transfers, transaction);
        }
        catch (Exception exception) when (exception is not DbException { IsTransient: true })
        {
            throw new PoisonMessageException(transfers[0].Id, exception);
        }
    }

    private static RoomPosition Position(RoomTransaction transaction, string locked) =>
        transaction.Rows($"SELECT position, origin, ahead FROM progress {locked}",
            row => new RoomPosition(row.GetInt64(0), row.GetInt64(1), row.GetInt32(2) != 0)).Single();
}
