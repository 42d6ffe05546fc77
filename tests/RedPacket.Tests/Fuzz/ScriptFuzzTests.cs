using RedPacket.Packets;
using RedPacket.Tests.Servers;
using StackExchange.Redis;

namespace RedPacket.Tests.Fuzz;

/// <summary>
/// The scripts that move money with arguments and records by a grammar. A refused call changes nothing: neither a
/// refusal nor an error leaves a trace.
/// </summary>
[Needs("servers")]
public sealed class ScriptFuzzTests(RedisStore server) : IClassFixture<RedisStore>
{
    private const string Packet = "0-019a0c6e4a507c6d9f1a2b3c4d5e6f70";
    private static readonly string[] s_changes = ["won", "made", "issued", "held", "expired", "deleted", "taken"];
    private static readonly string[] s_fields = ["state", "next", "left", "count", "expiry", "sum", "created", "amount", "sender", "terms"];

    private static readonly PacketTerms s_terms = new("s", "lucky", 8, "", 600, "line-cutting", "000000000000002a", "k");

    private static readonly RedisKey[] s_keys =
    [
        PacketKeys.Meta(0), PacketKeys.Live(0), PacketKeys.Made(0), PacketKeys.Out(0), PacketKeys.Packet(0, Packet),
        PacketKeys.Shares(0, Packet), PacketKeys.Key(0, "k"), PacketKeys.Wanted(0), PacketKeys.Told(0), PacketKeys.Held(0),
        PacketKeys.Followed(0),
    ];

    [Fact]
    public async Task RefusalOrError_ChangesNothing()
    {
        var grammar = new Grammar(Grammar.DrawnSeed);
        var parts = await server.Fresh();
        for (var input = 0; input < Grammar.Count(2_000); input++)
        {
            if (input % 200 == 0)
            {
                parts = await server.Fresh();
                await parts.Packets.Create(Packet, 1, 1000, s_terms);
            }
            if (grammar.OneIn(10))
                await Damage(grammar, parts.Store.Database);
            var (script, keys, values) = Call(grammar, (string)(await parts.Store.Database.HashGetAsync(s_keys[0], MetaFields.Run))!);
            var before = await Image(parts.Store.Database, script);

            var answer = await Answer(parts, script, keys, values);

            if (!s_changes.Any(word => answer.Contains(word, StringComparison.Ordinal)))
                Assert.True(
                    before == await Image(parts.Store.Database, script),
                    $"seed {grammar.Seed}, input {input}: {script.Name} {string.Join(" | ", values)} answered {answer}, with a change");
        }
    }

    private static (MoneyScript, RedisKey[], RedisValue[]) Call(Grammar grammar, string run)
    {
        var user = grammar.Of("alice", "bob", "carl", "dora", grammar.Damaged("eve", 2), "");
        var id = grammar.Damaged(Packet, 30);
        return grammar.Below(10) switch
        {
            0 => (MoneyScript.Create, s_keys[..7],
                [
                    id, user, grammar.Number(), grammar.Number(), grammar.Number(), "{}", "0000000100000002", grammar.Number(),
                    "1790000000000", "content", 604_800_000, grammar.OneIn(2) ? "1" : grammar.Number(),
                    grammar.Of("make", "ask", "look", grammar.Scrap()), grammar.Of("", "a run", grammar.Scrap()),
                ]),
            1 => (MoneyScript.Close, [.. s_keys[..4], s_keys[7], s_keys[4]], [id]),
            2 => (MoneyScript.PutBack, [s_keys[0], s_keys[3], s_keys[4]],
                [id, grammar.Of("f", "r", "r1", grammar.Number(), grammar.Scrap())]),
            4 => (MoneyScript.Archive, [.. s_keys[..3], s_keys[8], s_keys[9], s_keys[4], s_keys[5]],
                [grammar.Damaged("a run", 2), "writer", grammar.Number(), id]),
            3 => (MoneyScript.Remember, [s_keys[0], s_keys[4], s_keys[8], s_keys[9]],
                [
                    user, $"{grammar.Number()} {grammar.Number()} {grammar.Number()}", $"g {id} 1 {user} 5 1790000000000", "writer",
                    grammar.Number(), grammar.Damaged(run, 10),
                ]),
            5 => (MoneyScript.Adopt, [s_keys[0], s_keys[1], s_keys[3], s_keys[7], s_keys[4], s_keys[5]],
                [
                    grammar.Damaged(run, 10), id, grammar.OneIn(2) ? "2" : grammar.Number(), user,
                    grammar.OneIn(2) ? "77" : grammar.Number(), grammar.Number(), grammar.Number(), grammar.Of("look", "take"),
                ]),
            6 => (MoneyScript.Install, [.. s_keys[..4], s_keys[7], s_keys[4], s_keys[5], s_keys[6]],
                [
                    grammar.Damaged(run, 10), id, grammar.Number(), user, grammar.Number(), grammar.Number(), grammar.Number(),
                    grammar.Number(), "{}", grammar.Of("", "0000000100000002"), "content",
                    grammar.Of("0", "4000000000000"), grammar.Of("look", "take"),
                    grammar.OneIn(2) ? "1" : grammar.Number(), grammar.Of("", "owed"),
                ]),
            7 => (MoneyScript.Evidence, [s_keys[0], s_keys[7], s_keys[4]],
                [grammar.Damaged(run, 10), grammar.Damaged($"{grammar.Of("f", "g", "r")} {id} 1 {user} 5 1790000000000", 10)]),
            _ => (MoneyScript.Grab, [s_keys[0], s_keys[1], s_keys[3], s_keys[7], s_keys[10], s_keys[4], s_keys[5]],
                Grabs(grammar, id, user)),
        };
    }

    private static RedisValue[] Grabs(Grammar grammar, string id, string user)
    {
        var count = 1 + grammar.Below(4);
        List<RedisValue> values = [grammar.OneIn(10) ? grammar.Number() : "1000", grammar.OneIn(10) ? grammar.Scrap() : "", id, count];
        for (var i = 0; i < count; i++)
        {
            var check = grammar.OneIn(20) ? grammar.Number() : grammar.OneIn(10) ? "77 00-a-b-01 1 2" : "77";
            values.AddRange([grammar.Of(user, "alice", $"user{grammar.Below(20)}"), check]);
        }
        return [.. values];
    }

    private static async Task Damage(Grammar grammar, IDatabase redis)
    {
        switch (grammar.Below(7))
        {
            case 0:
                await redis.StringSetAsync(PacketKeys.Shares(0, Packet), grammar.Damaged("0000000100000002", 1));
                break;
            case 1:
                if (await redis.KeyTypeAsync(PacketKeys.Packet(0, Packet)) == RedisType.Hash)
                    await redis.HashDeleteAsync(PacketKeys.Packet(0, Packet), grammar.Of<string>(s_fields));
                break;
            case 2:
                await redis.KeyDeleteAsync(PacketKeys.Packet(0, Packet));
                await redis.StringSetAsync(PacketKeys.Packet(0, Packet), "a text");
                break;
            case 3:
                await redis.KeyDeleteAsync([PacketKeys.Key(0, "k"), PacketKeys.Packet(0, Packet)]);
                break;
            default:
                await redis.KeyDeleteAsync(PacketKeys.Packet(0, Packet), CommandFlags.None);
                await redis.HashSetAsync(PacketKeys.Packet(0, Packet),
                    [
                        .. s_fields.Select(name => new HashEntry(name, name == "state" ? "open" : grammar.Number())),
                        new HashEntry(PacketFields.Run, await redis.HashGetAsync(PacketKeys.Meta(0), MetaFields.Run)),
                    ]);
                break;
        }
    }

    private static async Task<string> Answer(StoreParts parts, MoneyScript script, RedisKey[] keys, RedisValue[] values)
    {
        try
        {
            var answer = await parts.Store.Run(script, 0, keys, values);
            return answer.Length < 0 ? (string?)answer ?? "" : string.Join(',', (string?[])answer!);
        }
        // The script's own error comes wrapped.
        catch (RedPacket.Hosting.OutageException exception) when (exception.InnerException is RedisServerException)
        {
            return $"error: {exception.Message}";
        }
    }

    // Read as values: Redis may change the form in which it keeps a hash at any time.
    private static async Task<string> Image(IDatabase redis, MoneyScript script)
    {
        var packet = await redis.KeyTypeAsync(s_keys[4]) == RedisType.Hash
            ? await redis.HashGetAllAsync(s_keys[4])
            : [new HashEntry("", await redis.StringGetAsync(s_keys[4]))];
        // A closing puts the lists of packets right, whatever it answers.
        var lists = script == MoneyScript.Close ? s_keys[3..4] : s_keys[1..4];
        var sets = await Task.WhenAll(lists.Select(key => redis.SortedSetRangeByRankWithScoresAsync(key)));
        IEnumerable<string> lines =
        [
            .. (await redis.HashGetAllAsync(s_keys[0])).Concat(packet).Select(field => $"{field.Name}={field.Value}")
                .Order(StringComparer.Ordinal),
            .. sets.SelectMany(set => set.Select(entry => $"{entry.Score} {entry.Element}")),
            $"{await redis.StringGetAsync(s_keys[5])}",
            $"{await redis.StringGetAsync(s_keys[6])}",
        ];
        return string.Join('\n', lines);
    }
}
