using RedPacket.Hosting;
using MassTransit;
using RabbitMQ.Client;

namespace RedPacket.Outbox;

/// <summary>
/// Where the messages go: a RabbitMQ server, or the memory of this process. Relay and settlement set up a bus each from it, so that a broker
/// in alarm, which stops reading from a connection that publishes, still hears settlement.
/// </summary>
/// <param name="Address"><c>amqp://user:password@host:port/vhost</c>; null for the bus in memory.</param>
internal sealed record BrokerSettings(Uri? Address)
{
    // Who hangs without closing the connection is noticed after two of these, on both ends: what a stopped worker holds then goes back to its
    // queue, and has to be settled by another within 20 s.
    private static readonly TimeSpan s_heartbeat = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    /// <summary>True when there is no server: what is in the queue is gone when the process ends, and is sent again from the outbox.</summary>
    public bool IsInMemory => Address is null;

    /// <summary>The server's host and port without its secrets, for info and logs.</summary>
    public string Name => Address is null ? "in memory" : $"{Address.Host}:{Port}";

    private ushort Port => (ushort)(Address!.Port > 0 ? Address.Port : UseTls ? 5671 : 5672);

    private bool UseTls => Address!.Scheme == "amqps";

    // amqp://host and amqp://host/ mean the virtual host /, which is what everybody who writes them wants.
    private string VirtualHost => Address!.AbsolutePath is "/" or "" ? "/" : Uri.UnescapeDataString(Address.AbsolutePath[1..]);

    /// <summary>Reads <c>ConnectionStrings:RabbitMq</c> and <c>Outbox:InMemory</c>; throws a text that says what to set when there is neither.</summary>
    public static BrokerSettings Read(IConfiguration configuration)
    {
        var text = configuration.GetConnectionString("RabbitMq");
        if (string.IsNullOrWhiteSpace(text))
        {
            return configuration.GetValue<bool>("Outbox:InMemory")
                ? new BrokerSettings((Uri?)null)
                : throw new SettingException("ConnectionStrings:RabbitMq is missing: set it to amqp://user:password@host:port/vhost, or set Outbox:InMemory=true to do without a broker.");
        }
        return Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "amqp" or "amqps"
            ? new BrokerSettings(address)
            : throw new SettingException("ConnectionStrings:RabbitMq is not of the form amqp://user:password@host:port/vhost.");
    }

    /// <summary>The server's part of a bus.</summary>
    public void Configure(IRabbitMqBusFactoryConfigurator bus, string connectionName)
    {
        var (user, password) = Credentials();
        bus.Host(Address!.Host, Port, VirtualHost, connectionName, host =>
        {
            host.Username(user);
            host.Password(password);
            host.Heartbeat(s_heartbeat);
            host.PublisherConfirmation = true;
            if (UseTls)
                host.UseSsl(ssl => ssl.ServerName = Address.Host);
        });
    }

    /// <summary>A connection of one's own, beside the buses.</summary>
    public ConnectionFactory Factory()
    {
        var (user, password) = Credentials();
        return new ConnectionFactory
        {
            HostName = Address!.Host,
            Port = Port,
            VirtualHost = VirtualHost,
            UserName = user,
            Password = password,
            Ssl = new SslOption(Address.Host, enabled: UseTls),
            RequestedConnectionTimeout = s_patience,
            ContinuationTimeout = s_patience,
            AutomaticRecoveryEnabled = false,
        };
    }

    private (string User, string Password) Credentials()
    {
        var parts = Address!.UserInfo.Split(':', 2);
        return parts[0].Length == 0 ? ("guest", "guest") : (Uri.UnescapeDataString(parts[0]), parts.Length == 2 ? Uri.UnescapeDataString(parts[1]) : "");
    }
}
