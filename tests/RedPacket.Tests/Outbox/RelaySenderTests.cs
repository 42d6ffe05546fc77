using System.Reflection;
using MassTransit;
using RedPacket.Outbox;

namespace RedPacket.Tests.Outbox;

/// <summary>A chunk's send ends in time, whatever the library does.</summary>
public sealed class RelaySenderTests
{
    [Theory]
    [InlineData("Send")]
    [InlineData("GetSendEndpoint")]
    public async Task SendThatTheLibraryNeverEnds_IsUnknownWhenItsTimeIsOver(string hangs)
    {
        var options = new OutboxOptions { SendTimeout = TimeSpan.FromMilliseconds(50) };
        var sender = new RelaySender(Deaf.To<IBus>(hangs), new BrokerSettings((Uri?)null), options, TimeProvider.System);

        var sent = sender.Send(0, "run", [new OutboxEntry(2, "g 0-a 1 alice 5 7")], slow: false, TestContext.Current.CancellationToken);

        Assert.Equal(SendOutcome.Unknown, (await sent.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken)).Outcome);
    }

    [Fact]
    public async Task SendThatHangs_EndsAtShutDown()
    {
        using var stopping = new CancellationTokenSource();
        var options = new OutboxOptions { SendTimeout = TimeSpan.FromMinutes(5) };
        var sender = new RelaySender(Deaf.To<IBus>("Send"), new BrokerSettings((Uri?)null), options, TimeProvider.System);
        var sent = sender.Send(0, "run", [new OutboxEntry(2, "g 0-a 1 alice 5 7")], slow: false, stopping.Token);

        await stopping.CancelAsync();

        await Assert.ThrowsAsync<OperationCanceledException>(
            () => sent.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken));
    }

    /// <summary>A bus, or an endpoint, of which one call never ends and listens to no token.</summary>
    public class Deaf : DispatchProxy
    {
        private string _hangs = "";

        public static T To<T>(string hangs) where T : class
        {
            var proxy = Create<T, Deaf>();
            ((Deaf)(object)proxy)._hangs = hangs;
            return proxy;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            if (targetMethod!.Name == "GetSendEndpoint")
            {
                return _hangs == "GetSendEndpoint"
                    ? new TaskCompletionSource<ISendEndpoint>().Task
                    : Task.FromResult(To<ISendEndpoint>(_hangs));
            }
            return new TaskCompletionSource().Task;
        }
    }
}
