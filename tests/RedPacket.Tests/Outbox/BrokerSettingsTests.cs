using Microsoft.Extensions.Configuration;
using RedPacket.Outbox;

namespace RedPacket.Tests.Outbox;

public sealed class BrokerSettingsTests
{
    [Theory]
    [InlineData("amqp://guest:guest@localhost:5672/", "localhost", 5672, "/", "guest", "guest")]
    [InlineData("amqp://rabbit", "rabbit", 5672, "/", "guest", "guest")]
    [InlineData("amqp://a%40b:p%3Ass@rabbit:15672/red%2Fpacket", "rabbit", 15672, "red/packet", "a@b", "p:ss")]
    [InlineData("amqps://u:p@rabbit/%2F", "rabbit", 5671, "/", "u", "p")]
    public void Address_IsReadInAllItsParts(string address, string host, int port, string virtualHost, string user,
        string password)
    {
        var factory = BrokerSettings.Read(Settings(("ConnectionStrings:RabbitMq", address))).Factory();

        Assert.Equal(
            (host, port, virtualHost, user, password),
            (factory.HostName, factory.Port, factory.VirtualHost, factory.UserName, factory.Password));
    }

    [Fact]
    public void NoAddress_IsRefusedUnlessMemoryIsAllowed()
    {
        Assert.Contains("ConnectionStrings:RabbitMq", BrokerSettings.Mistake(Settings()), StringComparison.Ordinal);
        var allowed = Settings(("Outbox:InMemory", "true"));
        Assert.Equal((null, true), (BrokerSettings.Mistake(allowed), BrokerSettings.Read(allowed).IsInMemory));
    }

    [Theory]
    [InlineData("redis://u:secret@host")]
    [InlineData("amqp://u:secret@host?heartbeat=5")]
    [InlineData("amqp://u:secret@host/#vhost")]
    public void AddressOfAnotherForm_IsRefusedWithoutItsSecrets(string address)
    {
        var mistake = BrokerSettings.Mistake(Settings(("ConnectionStrings:RabbitMq", address)));

        Assert.NotNull(mistake);
        Assert.DoesNotContain("secret", mistake, StringComparison.Ordinal);
    }

    private static IConfiguration Settings(params (string Key, string Value)[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.ToDictionary(pair => pair.Key, string? (pair) => pair.Value)).Build();
}
