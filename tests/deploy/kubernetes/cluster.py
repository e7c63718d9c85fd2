"""What stands in for a cluster: the objects that were applied, and of the controllers as much as brings what pods wait for.

There is no container and no API server here. What is real: the objects, as `kubectl` makes and renders them; certificates, issued for what
the Certificate says by the authority in the Issuer's secret; and a pod's files with their owners and modes, in which the real
binary runs as the pod's user, without rights, seeing nothing else (see `stage`).
"""

import base64
import datetime
import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import database
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

CLUSTER_WIDE = {"Namespace", "Bundle"}
TRUST_NAMESPACE = "cert-manager"
# Given whole, since a pod's program gets no PATH.
CHROOT = shutil.which("chroot", path="/usr/sbin:/usr/bin:/sbin:/bin")


class Missing(Exception):
    """What a pod waits for."""


class Cluster:
    """The objects, in a folder, so that each call of the stand-in for `kubectl` finds those of the calls before."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    def put(self, thing, namespace="default"):
        space = "" if thing["kind"] in CLUSTER_WIDE else thing["metadata"].get("namespace") or namespace
        name = f"{space}~{thing['kind']}~{thing['metadata']['name']}.json"
        (self.folder / name).write_text(json.dumps(thing), encoding="utf-8")

    def get(self, kind, name, namespace=""):
        space = "" if kind in CLUSTER_WIDE else namespace
        path = self.folder / f"{space}~{kind}~{name}.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None

    def all(self, kind, namespace="*"):
        for path in sorted(self.folder.glob(f"{namespace}~{kind}~*.json")):
            yield json.loads(path.read_text(encoding="utf-8"))

    def delete(self, kind, name, namespace):
        (self.folder / f"{namespace}~{kind}~{name}.json").unlink()

    # --- controllers ---------------------------------------------------------------------------------------------------------

    def settle(self):
        """Does what the controllers would: certificates and roots."""
        for certificate in self.all("Certificate"):
            self.certify(certificate)
        for bundle in self.all("Bundle", ""):
            self.hand_out(bundle)
        for cluster in self.all("Cluster"):
            self.make_database(cluster)

    def certify(self, certificate):
        """cert-manager: a key and a certificate for what the Certificate says, by its Issuer's authority."""
        spec, space = certificate["spec"], certificate["metadata"]["namespace"]
        issuer = self.get("Issuer", spec["issuerRef"]["name"], space)
        own = issuer and self.get("Secret", issuer["spec"]["ca"]["secretName"], space)
        if not own or self.get("Secret", spec["secretName"], space):
            return
        root_pem, key_pem = contents(own)["tls.crt"], contents(own)["tls.key"]
        root = x509.load_pem_x509_certificate(root_pem)
        key = ec.generate_private_key(ec.SECP256R1())
        names = [x509.DNSName(name) for name in spec.get("dnsNames", [])]
        names += [x509.UniformResourceIdentifier(uri) for uri in spec.get("uris", [])]
        uses = {"client auth": ExtendedKeyUsageOID.CLIENT_AUTH, "server auth": ExtendedKeyUsageOID.SERVER_AUTH}
        now = datetime.datetime.now(datetime.UTC)
        life = datetime.timedelta(hours=int(re.match(r"\d+", spec["duration"]).group()))
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(root.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(minutes=1))
            .not_valid_after(now + life)
            # Without a subject the names are all there is, so that this has to be critical (RFC 5280, 4.2.1.6).
            .add_extension(x509.SubjectAlternativeName(names), critical=True)
            .add_extension(x509.ExtendedKeyUsage([uses[it] for it in spec["usages"] if it in uses]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key()), critical=False
            )
        )
        signer = serialization.load_pem_private_key(key_pem, None)
        issued = builder.sign(signer, hashes.SHA256())
        data = {"tls.crt": pem(issued), "tls.key": private(key), "ca.crt": root_pem}
        self.put(secret(spec["secretName"], space, data, "kubernetes.io/tls"))

    def hand_out(self, bundle):
        """trust-manager: the bundle's ConfigMap in each namespace that it chooses."""
        spec = bundle["spec"]
        found = [self.get("ConfigMap", it["configMap"]["name"], TRUST_NAMESPACE) for it in spec["sources"]]
        if not all(found):
            return
        roots = "".join(map_["data"][it["configMap"]["key"]] for map_, it in zip(found, spec["sources"], strict=True))
        for space in self.all("Namespace", ""):
            labels = space["metadata"].get("labels", {})
            if spec["target"]["namespaceSelector"]["matchLabels"].items() <= labels.items():
                self.put({
                    "apiVersion": "v1",
                    "kind": "ConfigMap",
                    "metadata": {"name": bundle["metadata"]["name"], "namespace": space["metadata"]["name"]},
                    "data": {spec["target"]["configMap"]["key"]: roots},
                })  # fmt: skip

    def make_database(self, cluster):
        """CloudNativePG: a database, once the passwords are there, and the certificate of the server's authority."""
        space, name = cluster["metadata"]["namespace"], f"{cluster['metadata']['name']}-ca"
        wanted = [cluster["spec"]["bootstrap"]["initdb"]["secret"]["name"]]
        wanted += [role["passwordSecret"]["name"] for role in cluster["spec"]["managed"]["roles"]]
        found = {it: self.get("Secret", it, space) for it in wanted}
        if self.get("Secret", name, space) or not all(found.values()):
            return
        database.bootstrap(cluster, {it: contents(value)["password"].decode() for it, value in found.items()})
        self.put(secret(name, space, {"ca.crt": database.authority(), "ca.key": b"the operator's own"}))

    # --- pods ----------------------------------------------------------------------------------------------------------------

    def workload(self, name, namespace):
        return self.get("StatefulSet", name, namespace) or self.get("Deployment", name, namespace)

    def stage(self, folder, binary, component, namespace):
        """Lays out the files of a component's pod under `folder`, as a kubelet does; raises where it would go on waiting."""
        workload = self.workload(component, namespace)
        if not workload:
            raise Missing(f"there is no {component} in {namespace}")
        return Stage(self, Path(folder), binary, workload)

    def attach(self, folder, component, namespace):
        """The pod whose files were laid out there, and that runs by now."""
        return Stage(self, Path(folder), None, self.workload(component, namespace))


class Stage:
    """A pod's root folder, in which its program runs as its user."""

    def __init__(self, cluster, folder, binary, workload):
        self.cluster, self.folder, self.workload = cluster, folder, workload
        self.namespace = workload["metadata"]["namespace"]
        self.spec = workload["spec"]["template"]["spec"]
        self.container = self.spec["containers"][0]
        self.user = self.spec["securityContext"]["runAsUser"]
        self.group = self.spec["securityContext"]["fsGroup"]
        if binary is None:
            return
        if folder.exists():
            shutil.rmtree(folder)
        self.install(Path(binary))
        volumes = {it["name"]: it for it in self.spec.get("volumes", [])}
        for claim in workload["spec"].get("volumeClaimTemplates", []):
            volumes[claim["metadata"]["name"]] = {"persistentVolumeClaim": {}}
        for mount in self.container["volumeMounts"]:
            self.mount(mount, volumes[mount["name"]])

    def install(self, binary):
        """The program and what it is linked with; a link where it can be one, since a debug build is large."""
        parts = {Path("/usr/bin/verbund"): binary.resolve()}
        linked = subprocess.run(["ldd", binary], capture_output=True, text=True, check=True).stdout
        for line in linked.splitlines():
            found = re.search(r"(/\S+) \(0x", line)
            if found:
                parts[Path(found.group(1))] = Path(found.group(1)).resolve()
        for place, source in parts.items():
            target = self.folder / str(place).lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(source, target)
            except OSError:
                shutil.copy(source, target)

    def mount(self, mount, volume):
        place = self.folder / mount["mountPath"].lstrip("/")
        if "emptyDir" in volume or "persistentVolumeClaim" in volume:
            # Of the group, and what is made inside is as well: so `fsGroup` has it.
            place.mkdir(parents=True)
            os.chown(place, 0, self.group)
            place.chmod(0o2777 if "emptyDir" in volume else 0o2775)
            return
        files, mode = self.handed(volume)
        if "subPath" in mount:
            place.parent.mkdir(parents=True, exist_ok=True)
            return self.write(place, files[mount["subPath"]], mode)
        place.mkdir(parents=True)
        self.hand_over(place, files, mode)
        return None

    def hand_over(self, place, files, mode):
        """A volume's files, as a kubelet changes them: all of them at once, by turning a link to another folder."""
        folder = place / f"..{time.monotonic_ns()}"
        folder.mkdir()
        for name, content in files.items():
            self.write(folder / name, content, mode)
            if not (place / name).is_symlink():
                (place / name).symlink_to(f"..data/{name}")
        new = place / "..data_tmp"
        new.symlink_to(folder.name)
        new.rename(place / "..data")

    def refresh(self, name):
        """Hands a volume's files over anew, as they are in the cluster by now."""
        mount = next(it for it in self.container["volumeMounts"] if it["name"] == name)
        volume = next(it for it in self.spec["volumes"] if it["name"] == name)
        self.hand_over(self.folder / mount["mountPath"].lstrip("/"), *self.handed(volume))

    def handed(self, volume):
        kind, key = ("Secret", "secretName") if "secret" in volume else ("ConfigMap", "name")
        source = volume.get("secret") or volume["configMap"]
        found = self.cluster.get(kind, source[key], self.namespace)
        if not found:
            if source.get("optional"):
                return {}, 0o644
            raise Missing(f"{self.workload['metadata']['name']} in {self.namespace} waits for the {kind} {source[key]}")
        files = contents(found)
        if "items" in source:
            files = {item["path"]: files[item["key"]] for item in source["items"]}
        return files, source.get("defaultMode", 0o644)

    def write(self, path, content, mode):
        path.write_bytes(content)
        os.chown(path, 0, self.group)
        path.chmod(mode)

    def environment(self, container):
        values = {"VERBUND_LANG": "en"}
        for variable in container.get("env", []):
            source = variable.get("valueFrom", {})
            if "value" in variable:
                values[variable["name"]] = variable["value"]
            elif "fieldRef" in source:
                values[variable["name"]] = f"{self.workload['metadata']['name']}-0"
            else:
                wanted = source["secretKeyRef"]
                found = self.cluster.get("Secret", wanted["name"], self.namespace)
                if not found:
                    raise Missing(f"{self.workload['metadata']['name']} waits for the Secret {wanted['name']}")
                values[variable["name"]] = contents(found)[wanted["key"]].decode()
        for server in self.cluster.all("Cluster", self.namespace):
            values = {key: database.here(value, server["metadata"]["name"]) for key, value in values.items()}
        return values

    def command(self, arguments):
        """How the program is called in this pod, where there is no /dev, no /proc and no network of its own."""
        return [
            CHROOT, f"--userspec={self.user}:{self.group}", "--groups=", str(self.folder), "/usr/bin/verbund", *arguments,
        ]  # fmt: skip

    def run(self, arguments, container=None):
        environment = self.environment(container or self.container)
        command = self.command(arguments)
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)

    def begin(self):
        """What comes before the container starts: the first container that fails, or nothing."""
        for container in self.spec.get("initContainers", []):
            done = self.run(container["args"], container)
            if done.returncode != 0:
                return f"{container['name']}: {done.stdout}{done.stderr}"
        return None

    def start(self, log, **variables):
        """The container's own program, until it is ended. The variables stand for what a pod's network would give."""
        environment = self.environment(self.container) | variables
        return subprocess.Popen(self.command(self.container["args"]), env=environment, stdout=log, stderr=subprocess.STDOUT)


def contents(thing):
    """The files of a ConfigMap or a Secret."""
    files = {name: text.encode() for name, text in (thing.get("stringData") or {}).items()}
    for name, text in (thing.get("data") or {}).items():
        files[name] = base64.b64decode(text) if thing["kind"] == "Secret" else text.encode()
    return files


def secret(name, namespace, data, kind="Opaque"):
    encoded = {key: base64.b64encode(value).decode() for key, value in data.items()}
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": kind, "data": encoded}


def pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


def private(key):
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
