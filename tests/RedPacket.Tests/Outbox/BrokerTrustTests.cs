using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MassTransit;
using Microsoft.Extensions.Logging.Abstractions;
using RabbitMQ.Client.Exceptions;
using RedPacket.Outbox;

namespace RedPacket.Tests.Outbox;

/// <summary>
/// With <c>amqps</c>, neither connection sends anything to a server whose certificate nobody signed: a server in
/// between would read the password and every message.
/// </summary>
public sealed class BrokerTrustTests : IAsyncLifetime
{
    private readonly X509Certificate2 _certificate = SelfSigned();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly TaskCompletionSource _tried = new();
    private readonly CancellationTokenSource _stop = new();
    private Task _serving = Task.CompletedTask;

    /// <summary>Bytes that a client sent once it had seen the certificate.</summary>
    private int _received;

    private BrokerSettings Broker =>
        new(new Uri($"amqps://user:secret@localhost:{((IPEndPoint)_listener.LocalEndpoint).Port}/"));

    [Fact]
    public async Task RelaysConnection_RefusesACertificateThatNobodySigned()
    {
        var refusal = await Assert.ThrowsAsync<BrokerUnreachableException>(() =>
            Broker.Factory().CreateConnectionAsync(TestContext.Current.CancellationToken));

        Assert.Contains(Causes(refusal), cause => cause is AuthenticationException);
        Assert.Equal(0, _received);
    }

    [Fact]
    public async Task Bus_RefusesACertificateThatNobodySigned()
    {
        var bus = Bus.Factory.CreateUsingRabbitMq(configuration => Broker.Configure(configuration, "test", NullLogger.Instance));
        using var giveUp = new CancellationTokenSource();
        var starting = bus.StartAsync(giveUp.Token);

        await _tried.Task.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);

        Assert.Equal(0, _received);
        // A bus that cannot connect tries for ever, and stopping it waits for the start.
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => starting);
    }

    public ValueTask InitializeAsync()
    {
        _listener.Start();
        _serving = Serve();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _serving;
        _stop.Dispose();
        _certificate.Dispose();
    }

    private async Task Serve()
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                await using var tls = new SslStream(client.GetStream());
                try
                {
                    var options = new SslServerAuthenticationOptions { ServerCertificate = _certificate };
                    await tls.AuthenticateAsServerAsync(options, _stop.Token);
                    _received += await tls.ReadAsync(new byte[64], _stop.Token);
                }
                catch (Exception exception) when (exception is IOException or AuthenticationException)
                {
                    // The client refused the certificate.
                }
                _tried.TrySetResult();
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or InvalidOperationException)
        {
            // The test is over. A listener that was stopped between two clients refuses to accept with an
            // InvalidOperationException.
        }
    }

    private static IEnumerable<Exception> Causes(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            yield return exception;
            foreach (var inner in (exception as AggregateException)?.InnerExceptions ?? [])
                yield return inner;
        }
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var made = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }
}
