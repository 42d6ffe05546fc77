using RedPacket.Tests.Ledger;
using RedPacket.Tests.Outbox;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Settlement;

/// <summary>
/// RabbitMQ refuses the password for a while. Afterwards relay and settlement log in without a restart.
/// </summary>
[Collection(RabbitTests.Name)]
[Needs("servers")]
public sealed class RefusedLoginTests(RabbitFixture rabbit, RedisFixture redis) : IClassFixture<RedisFixture>, IAsyncLifetime
{
    private const string User = "service";
    private const string Password = "configured";
    private readonly TestLedger _ledger = new();

    public async ValueTask InitializeAsync()
    {
        _ = rabbit.ConnectionString;
        await redis.Flush();
        await rabbit.DeleteAll();
        await rabbit.Evaluate($"""
            ok = rabbit_auth_backend_internal:add_user(<<"{User}">>, <<"{Password}">>, <<"tests">>),
            ok = rabbit_auth_backend_internal:set_permissions(<<"{User}">>, <<"/">>, <<".*">>, <<".*">>, <<".*">>, <<"tests">>).
            """);
    }

    public async ValueTask DisposeAsync()
    {
        _ledger.Dispose();
        await rabbit.Evaluate($"ok = rabbit_auth_backend_internal:delete_user(<<\"{User}\">>, <<\"tests\">>).");
    }

    [Fact]
    public async Task LoginRefusedAtTheStart_AllSettlesOnceItIsAccepted()
    {
        var book = new OutboxBook(redis.Database);
        await ChangePassword("another");
        await using var settlement = await Start(settle: true);
        await using var relay = await Start(settle: false);
        await book.Fund();
        await AreRefused(settlement, relay);

        await ChangePassword(Password);

        await settlement.Settles(book);
    }

    [Fact]
    public async Task LoginRefusedWhileRunning_AllSettlesOnceItIsAccepted()
    {
        var book = new OutboxBook(redis.Database);
        await using var settlement = await Start(settle: true);
        await using var relay = await Start(settle: false);
        await book.Fund();
        await settlement.Settles(book);
        await ChangePassword("another");
        await rabbit.Evaluate("rabbit_networking:close_connections(rabbit_networking:connections(), \"the password was changed\").");
        await book.Grabs(100);
        await AreRefused(settlement, relay);

        await ChangePassword(Password);

        await settlement.Settles(book);
    }

    private static async Task AreRefused(QueueHost settlement, QueueHost relay)
    {
        await Eventually.Holds(() => settlement.Log.Text.Contains("ACCESS_REFUSED", StringComparison.Ordinal));
        await Eventually.Holds(() => relay.Relay.BrokerUp == false);
    }

    private async Task ChangePassword(string password) => await rabbit.Evaluate(
        $"ok = rabbit_auth_backend_internal:change_password(<<\"{User}\">>, <<\"{password}\">>, <<\"tests\">>).");

    private Task<QueueHost> Start(bool settle)
    {
        var address = rabbit.ConnectionString.Replace("guest:guest", $"{User}:{Password}", StringComparison.Ordinal);
        return QueueHost.Start(redis, _ledger, relay: !settle, settle, address);
    }
}
