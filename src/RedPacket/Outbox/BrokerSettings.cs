using System.Net.Security;
using System.Security.Authentication;
using MassTransit;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace RedPacket.Outbox;

/// <summary>
/// Where the messages go: a RabbitMQ server, or the memory of this process. Relay and settlement have a bus each. A
/// broker in alarm stops reading from connections that publish, and settlement must still reach it.
/// </summary>
/// <param name="Address"><c>amqp://user:password@host:port/vhost</c>; null for the bus in memory.</param>
internal sealed record BrokerSettings(Uri? Address)
{
    // Both ends notice a peer that hangs after two of these. The messages of a hung worker then go back to the queue,
    // for another worker.
    private static readonly TimeSpan s_heartbeat = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(5);

    /// <summary>
    /// True without a server. The queues then end with the process, and their messages are sent again from the outbox.
    /// </summary>
    public bool IsInMemory => Address is null;

    /// <summary>The server's host and port without secrets, for info and logs.</summary>
    public string Name => Address is null ? "in memory" : $"{Address.Host}:{Port}";

    private ushort Port => (ushort)(Address!.Port > 0 ? Address.Port : UseTls ? 5671 : 5672);

    private bool UseTls => Address!.Scheme == "amqps";

    // RabbitMQ's own rules make amqp://host/ name an empty virtual host. Nobody wants that, so it means the host /
    // here.
    private string VirtualHost =>
        Address!.AbsolutePath is "/" or "" ? "/" : Uri.UnescapeDataString(Address.AbsolutePath[1..]);

    /// <summary>
    /// Reads <c>ConnectionStrings:RabbitMq</c>. Without an address the bus is in memory: see <see cref="Mistake"/>.
    /// </summary>
    public static BrokerSettings Read(IConfiguration configuration) =>
        new(AddressOf(configuration.GetConnectionString("RabbitMq")));

    /// <summary>
    /// The remedy when neither <c>ConnectionStrings:RabbitMq</c> nor <c>Outbox:InMemory</c> is set, or when the first
    /// is no address.
    /// </summary>
    public static string? Mistake(IConfiguration configuration)
    {
        var text = configuration.GetConnectionString("RabbitMq");
        if (AddressOf(text) is not null)
            return null;
        if (!string.IsNullOrWhiteSpace(text))
            return "ConnectionStrings:RabbitMq does not have the form amqp://user:password@host:port/vhost, which takes no options.";
        return "true".Equals(configuration["Outbox:InMemory"], StringComparison.OrdinalIgnoreCase)
            ? null
            : "ConnectionStrings:RabbitMq is missing. Set it to amqp://user:password@host:port/vhost, "
                + "or set Outbox:InMemory=true to run without a broker.";
    }

    /// <summary>
    /// Configures a bus for the server. The bus connects again after every failure, a refused login included.
    /// </summary>
    public void Configure(IRabbitMqBusFactoryConfigurator bus, string connectionName, ILogger logger)
    {
        var (user, password) = Credentials();
        bus.Host(Address!.Host, Port, VirtualHost, connectionName, host =>
        {
            host.Username(user);
            host.Password(password);
            host.Heartbeat(s_heartbeat);
            host.PublisherConfirmation = true;
            host.OnRefreshConnectionFactory = factory => TryConnection(factory, connectionName, logger);
            if (UseTls)
                host.UseSsl(Trust);
        });
    }

    /// <summary>Makes connections beside those of the buses.</summary>
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
            RequestedConnectionTimeout = s_timeout,
            ContinuationTimeout = s_timeout,
            AutomaticRecoveryEnabled = false,
        };
    }

    // MassTransit takes a refused login as final and never connects again, but it retries an IOException. So a short
    // connection precedes each connection of the bus. Only a login that RabbitMQ accepts for the first and refuses for
    // the second is still final.
    private async Task TryConnection(ConnectionFactory factory, string connectionName, ILogger logger)
    {
        try
        {
            await using var connection = await factory.CreateConnectionAsync([Address!.Host], $"{connectionName}, trial");
        }
        catch (BrokerUnreachableException exception)
        {
            var reason = exception.GetBaseException().Message;
            logger.ConnectionFailed(connectionName, reason);
            throw new RabbitMqConnectionException($"{Name}: {reason}", new IOException(reason));
        }
    }

    // The default of MassTransit accepts a certificate that nobody signed, and TLS 1.2 only.
    private void Trust(IRabbitMqSslConfigurator ssl)
    {
        ssl.ServerName = Address!.Host;
        ssl.EnforcePolicyErrors(SslPolicyErrors.RemoteCertificateChainErrors);
        ssl.Protocol = SslProtocols.None;
    }

    private static Uri? AddressOf(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address is { Scheme: "amqp" or "amqps", Query: "", Fragment: "" }
            ? address
            : null;

    private (string User, string Password) Credentials()
    {
        var parts = Address!.UserInfo.Split(':', 2);
        return parts[0].Length == 0
            ? ("guest", "guest")
            : (Uri.UnescapeDataString(parts[0]), parts.Length == 2 ? Uri.UnescapeDataString(parts[1]) : "");
    }
}
