using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace RedPacket.Peers;

/// <summary>
/// PostgreSQL alone: no Redis, no broker. A function grants and records a share in one call and one transaction. The
/// row of the packet is its lock, so grabs of one packet wait for each other's commit.
/// </summary>
internal sealed class PostgresAlone(NpgsqlDataSource database) : Peer
{
    private const string Make = """
        CREATE TABLE IF NOT EXISTS Packets (Id text PRIMARY KEY, Count int NOT NULL, Expiry timestamptz NOT NULL,
            Next int NOT NULL DEFAULT 1) WITH (fillfactor = 50);
        CREATE TABLE IF NOT EXISTS Shares (PacketId text NOT NULL, Ordinal int NOT NULL, AmountFen bigint NOT NULL,
            PRIMARY KEY (PacketId, Ordinal));
        CREATE UNIQUE INDEX IF NOT EXISTS OneShare ON Transfers (PacketId, UserId);
        CREATE OR REPLACE FUNCTION grab(packet text, grabber text, OUT status text, OUT ordinal int, OUT fen bigint, OUT at bigint)
        LANGUAGE plpgsql AS $$
        #variable_conflict use_column
        BEGIN
            SELECT 'again', t.Ordinal, t.AmountFen, t.GrabbedAt INTO status, ordinal, fen, at
                FROM Transfers t WHERE t.PacketId = packet AND t.UserId = grabber;
            IF FOUND THEN RETURN; END IF;
            UPDATE Packets p SET Next = p.Next + 1 WHERE p.Id = packet AND p.Next <= p.Count AND p.Expiry > clock_timestamp()
                RETURNING p.Next - 1 INTO ordinal;
            IF NOT FOUND THEN
                -- The same user's other call may have got the last share meanwhile.
                SELECT 'again', t.Ordinal, t.AmountFen, t.GrabbedAt INTO status, ordinal, fen, at
                    FROM Transfers t WHERE t.PacketId = packet AND t.UserId = grabber;
                IF FOUND THEN RETURN; END IF;
                SELECT CASE WHEN p.Next > p.Count THEN 'emptied' ELSE 'expired' END INTO status FROM Packets p WHERE p.Id = packet;
                RETURN;
            END IF;
            SELECT s.AmountFen INTO fen FROM Shares s WHERE s.PacketId = packet AND s.Ordinal = grab.ordinal;
            at := (extract(epoch FROM clock_timestamp()) * 1000)::bigint;
            INSERT INTO Transfers VALUES (packet, grabber, grab.ordinal, grab.fen, grab.at);
            status := 'won';
        END $$
        """;

    public static void Add(WebApplicationBuilder builder, PeerSettings settings)
    {
        var database = new PostgresTable(settings.Ledger).Database;
        using var make = database.CreateCommand(Make);
        make.ExecuteNonQuery();
        builder.Services.AddSingleton(database).AddSingleton<Peer, PostgresAlone>();
    }

    public override async Task<string> Send(long amountFen, int count, int expiresInSeconds)
    {
        var id = $"0-{Guid.CreateVersion7():N}";
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand("INSERT INTO Packets VALUES ($1, $2, now() + $3 * interval '1 second')")
        {
            Parameters = { new() { Value = id }, new() { Value = count }, new() { Value = expiresInSeconds } },
        });
        batch.BatchCommands.Add(new NpgsqlBatchCommand("INSERT INTO Shares SELECT $1, o, fen FROM unnest($2) WITH ORDINALITY s(fen, o)")
        {
            Parameters = { new() { Value = id }, new() { Value = Shares.Split(amountFen, count).ToArray() } },
        });
        await batch.ExecuteNonQueryAsync();
        return id;
    }

    public override async Task<Grant> Grab(string packetId, string userId)
    {
        try
        {
            return await Ask(packetId, userId);
        }
        catch (PostgresException twice) when (twice.ConstraintName == "oneshare")
        {
            // The same user asked twice at the same moment, and the other call has the share.
            return await Ask(packetId, userId);
        }
    }

    private async Task<Grant> Ask(string packetId, string userId)
    {
        await using var command = database.CreateCommand("SELECT status, ordinal, fen, at FROM grab($1, $2)");
        command.Parameters.Add(new NpgsqlParameter { Value = packetId });
        command.Parameters.Add(new NpgsqlParameter { Value = userId });
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return await reader.IsDBNullAsync(0) ? new Grant(GrantStatus.Unknown) : reader.GetString(0) switch
        {
            "won" => new Grant(GrantStatus.Won, reader.GetInt32(1), reader.GetInt64(2), reader.GetInt64(3)),
            "again" => new Grant(GrantStatus.Again, reader.GetInt32(1), reader.GetInt64(2), reader.GetInt64(3)),
            "emptied" => new Grant(GrantStatus.Emptied),
            _ => new Grant(GrantStatus.Expired),
        };
    }
}
