using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace RedPacket.Demo;

/// <summary>Whether the demo is open to the local network (<c>Demo:OpenToNetwork=true</c>), and under which address a phone finds it there.</summary>
internal sealed class DemoNetwork(bool isOpen, IServer server)
{
    /// <summary>For who runs the demo: anybody near may call.</summary>
    public const string Warning = "OPEN TO THE LOCAL NETWORK: whoever can reach this machine can send and grab here, under any name.";

    public bool IsOpen => isOpen;

    /// <summary>Where it listens, as callers on this machine reach it: one that listens everywhere is asked on loopback.</summary>
    public Uri OwnAddress => new(Listening.Host is "[::]" or "0.0.0.0" ? $"{Listening.Scheme}://127.0.0.1:{Listening.Port}" : Listening.AbsoluteUri);

    /// <summary>Where it listens, as a phone reaches it; null when it is not open.</summary>
    public Uri? Address => isOpen ? new UriBuilder(Listening.Scheme, Outside() ?? Environment.MachineName, Listening.Port).Uri : null;

    /// <summary>What is in front of a packet's id in the address that its QR code holds; null when the demo is not open.</summary>
    public string? JoinUrl => Address is { } address ? $"{address.AbsoluteUri.TrimEnd('/')}/demo/join/" : null;

    private Uri Listening => new(server.Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>The same ports on all addresses.</summary>
    public static string Widened(string? urls) => string.Join(';', (urls ?? "http://localhost:5080").Split(';', StringSplitOptions.RemoveEmptyEntries)
        .Select(BindingAddress.Parse).Select(url => $"{url.Scheme}://*:{url.Port}"));

    // The network by which this machine reaches others comes first: a bridge of its own is of no use to a phone.
    private static string? Outside() =>
        (from network in NetworkInterface.GetAllNetworkInterfaces()
         where network.OperationalStatus == OperationalStatus.Up && network.NetworkInterfaceType != NetworkInterfaceType.Loopback
         let properties = network.GetIPProperties()
         orderby properties.GatewayAddresses.Count descending
         from address in properties.UnicastAddresses
         where address.Address.AddressFamily == AddressFamily.InterNetwork
         select address.Address.ToString()).FirstOrDefault();
}
