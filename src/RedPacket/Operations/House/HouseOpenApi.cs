using RedPacket.Http;

namespace RedPacket.Operations;

/// <summary>How the calls about the house are described.</summary>
internal static class HouseOpenApi
{
    private const string Open = """
        {"shard":0,"gate":"open","run":"6f1c0e2d9b7a4c556f1c0e2d9b7a4c55","walk":null,"outbox":12,"node":"10.0.0.7:6379"}
        """;

    private const string Walked = """
        {"shard":0,"gate":"open","run":"6f1c0e2d9b7a4c556f1c0e2d9b7a4c55","walk":{"compared":1800,"left":8200},"outbox":12,
        "node":"10.0.0.7:6379"}
        """;

    private const string Others = """
        "processes":[{"host":"pay-3","id":1204,"roles":["grab","relay"],"connectedSeconds":86412}],
        "subscribers":[{"name":"statistics","state":"agrees","position":118000,"rowsBehind":3}]
        """;

    private const string Raising = $$"""
        {"count":1,"raisingTo":2,"waitsFor":"Raising the shards waits for shard 1, which does not answer.",
        "shards":[{{Open}},{"shard":1,"gate":"away","run":null,"walk":null,"outbox":null,"node":null}],
        "ledgers":[{"ledger":0,"head":118003}],{{Others}},"paused":null}
        """;

    private const string Comparing = $$"""
        {"count":1,"raisingTo":null,"waitsFor":null,"shards":[{{Walked}}],"ledgers":[{"ledger":0,"head":118003}],{{Others}},"paused":null}
        """;

    private const string Raised = $$"""
        {"count":1,"raisingTo":null,"waitsFor":null,"shards":[{{Open}}],"ledgers":[{"ledger":0,"head":118003}],{{Others}},"paused":null}
        """;

    private const string Paused = $$"""
        {"count":1,"raisingTo":null,"waitsFor":null,"shards":[{{Open}}],"ledgers":[{"ledger":0,"head":118003}],{{Others}},
        "paused":{"at":"2026-02-17T00:00:03.004Z","by":"olga","reason":"the backup is being checked"} }
        """;

    /// <summary>The answer is the house, in each of its states.</summary>
    public static RouteHandlerBuilder WithHouse(this RouteHandlerBuilder call, string? description = null) => call
        .WithAnswer(200, Raised, name: "inForce", description: description).WithAnswer(200, Raising, name: "raising")
        .WithAnswer(200, Comparing, name: "comparing").WithAnswer(200, Paused, name: "paused");
}
