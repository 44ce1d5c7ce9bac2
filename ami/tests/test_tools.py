"""publish and roll against moto: what a person sees, what stands afterwards, and what happens half way."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import boto3

sys.path.insert(0, os.path.dirname(__file__))
from harness import AMI, CREDENTIALS, moto, run, until  # noqa: E402

REGION = "us-west-2"


class Tools(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = moto()
        cls.endpoint = cls.server.__enter__()
        cls.addClassCleanup(cls.server.__exit__, None, None, None)
        cls.environment = {**os.environ, **CREDENTIALS, "AWS_ENDPOINT_URL": cls.endpoint, "AWS_REGION": REGION}

    def client(self, service, region=REGION):
        return boto3.client(
            service, region_name=region, endpoint_url=self.endpoint, aws_access_key_id="testing", aws_secret_access_key="testing"
        )

    def tool(self, name, *arguments, environment=None, check=False):
        return run(sys.executable, AMI / "tools" / name, *arguments, env=environment or self.environment, check=check, timeout=120)

    def image(self, name):
        ec2 = self.client("ec2")
        base = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
        instance = ec2.run_instances(ImageId=base, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
        image = ec2.create_image(InstanceId=instance, Name=name)["ImageId"]
        ec2.terminate_instances(InstanceIds=[instance])
        return image


class Publish(Tools):
    def parameter(self, region):
        return self.client("ssm", region).get_parameter(Name="/stack/ami/ecs/x86_64")["Parameter"]

    def test_publishes_to_every_region_and_a_second_run_changes_nothing(self):
        image = self.image("stack-ecs-1")
        with tempfile.TemporaryDirectory() as folder:
            manifest = pathlib.Path(folder, "manifest.json")
            manifest.write_text(json.dumps({
                "builds": [{"packer_run_uuid": "u", "artifact_id": f"{REGION}:{image}"}], "last_run_uuid": "u"}))
            release = pathlib.Path(folder, "stack-release")
            release.write_text("docker=25.0.8\necs-logs=0.1.0\n")
            arguments = ["--manifest", manifest, "--release", release, "--regions", "eu-west-1,us-east-1", "--interval", "0.1"]

            planned = self.tool("publish", *arguments, "--dry-run", check=True).stdout
            self.assertIn("would: eu-west-1: copy", planned)
            with self.assertRaises(self.client("ssm").exceptions.ParameterNotFound):
                self.parameter(REGION)

            self.tool("publish", *arguments, check=True)
            self.assertEqual(self.parameter(REGION)["Value"], image)
            copies = {region: self.parameter(region)["Value"] for region in ("eu-west-1", "us-east-1")}
            tags = self.client("ec2", "eu-west-1").describe_images(ImageIds=[copies["eu-west-1"]])["Images"][0]["Tags"]
            self.assertIn({"Key": "stack:docker", "Value": "25.0.8"}, tags)
            self.assertIn({"Key": "stack:copy-of", "Value": image}, tags)

            again = self.tool("publish", *arguments, check=True).stdout
            self.assertIn(f"eu-west-1: copy {copies['eu-west-1']} is there", again)
            self.assertEqual({region: self.parameter(region)["Value"] for region in copies}, copies)

    def test_bad_input_is_a_sentence_and_changes_nothing(self):
        image = self.image("stack-ecs-2")
        nobody = {key: value for key, value in self.environment.items() if not key.startswith("AWS_") or key == "AWS_ENDPOINT_URL"}
        nobody.update(AWS_EC2_METADATA_DISABLED="true", HOME="/nonexistent", AWS_SHARED_CREDENTIALS_FILE="/nonexistent", AWS_CONFIG_FILE="/nonexistent")
        for arguments, environment, code, words in [
            (["--image", image, "--regions", "eu-wst-1"], None, 1, "eu-wst-1 is no region of AWS"),
            (["--image", "ami-00000000"], None, 1, "ami-00000000"),
            (["--manifest", "/nonexistent/manifest.json"], None, 1, "run make ami first"),
            (["--image", image], nobody, 1, "no region"),
            (["--image", image, "--region", REGION], nobody, 1, "no credentials"),
            ([], None, 2, "--manifest"),
        ]:
            with self.subTest(arguments=arguments):
                done = self.tool("publish", *arguments, environment=environment)
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertIn(words, done.stderr)
                self.assertNotIn("Traceback", done.stderr)


class Agents(threading.Thread):
    """Stands in for the ECS agents: registers what the group starts, and forgets what it ends. Everything else is moto's."""

    def __init__(self, tools, cluster, group):
        super().__init__(daemon=True)
        self.ecs, self.asg, self.ec2 = tools.client("ecs"), tools.client("autoscaling"), tools.client("ec2")
        self.cluster, self.group = cluster, group
        self.registered = {}
        self.stopped = threading.Event()

    def turn(self):
        group = self.asg.describe_auto_scaling_groups(AutoScalingGroupNames=[self.group])["AutoScalingGroups"][0]
        there = {one["InstanceId"] for one in group["Instances"]}
        for instance in there - self.registered.keys():
            document = json.dumps({"instanceId": instance})
            registered = self.ecs.register_container_instance(cluster=self.cluster, instanceIdentityDocument=document)
            self.registered[instance] = registered["containerInstance"]["containerInstanceArn"]
        for instance in self.registered.keys() - there:
            self.ecs.deregister_container_instance(cluster=self.cluster, containerInstance=self.registered.pop(instance), force=True)

    def run(self):
        while not self.stopped.wait(0.05):
            self.turn()


class Roll(Tools):
    def cluster(self, name, instances):
        """A cluster of old instances whose launch template follows a parameter that now names a newer image."""
        ec2, asg, ecs, ssm = (self.client(service) for service in ("ec2", "autoscaling", "ecs", "ssm"))
        old, new = self.image(f"{name}-old"), self.image(f"{name}-new")
        template = ec2.create_launch_template(
            LaunchTemplateName=name, LaunchTemplateData={"ImageId": old, "InstanceType": "t3.micro"}
        )["LaunchTemplate"]["LaunchTemplateId"]
        subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
        asg.create_auto_scaling_group(
            AutoScalingGroupName=name, MinSize=0, MaxSize=instances + 2, DesiredCapacity=instances, VPCZoneIdentifier=subnet,
            LaunchTemplate={"LaunchTemplateId": template, "Version": "$Latest"}, NewInstancesProtectedFromScaleIn=True,
        )
        arn = asg.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"][0]["AutoScalingGroupARN"]
        ecs.create_capacity_provider(name=name, autoScalingGroupProvider={"autoScalingGroupArn": arn})
        ecs.create_cluster(clusterName=name, capacityProviders=[name])
        ssm.put_parameter(Name=f"/{name}", Value=new, Type="String")
        agents = Agents(self, name, name)
        agents.turn()
        ec2.create_launch_template_version(
            LaunchTemplateId=template, SourceVersion="1", LaunchTemplateData={"ImageId": new, "InstanceType": "t3.micro"}
        )
        agents.start()
        self.addCleanup(agents.join)
        self.addCleanup(agents.stopped.set)
        return old, new

    def images(self, name):
        group = self.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"][0]
        ids = [one["InstanceId"] for one in group["Instances"]]
        found = [i for r in self.client("ec2").describe_instances(InstanceIds=ids)["Reservations"] for i in r["Instances"]]
        return [one["ImageId"] for one in found], group

    def test_every_old_instance_is_replaced_and_the_group_has_its_size_again(self):
        old, new = self.cluster("roll-all", 4)
        planned = self.tool("roll", "--cluster", "roll-all", "--batch", "50%", "--dry-run", check=True).stdout
        self.assertIn("would cycle 4 of 4 instances, 2 at a time", planned)
        self.assertEqual(set(self.images("roll-all")[0]), {old})
        done = self.tool("roll", "--cluster", "roll-all", "--batch", "50%", "--interval", "0.05", "--timeout", "60", check=True)
        images, group = self.images("roll-all")
        self.assertEqual(images, [new] * 4, done.stdout)
        self.assertEqual(group["DesiredCapacity"], 4)
        self.assertEqual([tag for tag in group["Tags"] if tag["Key"] == "stack:roll"], [])
        again = self.tool("roll", "--cluster", "roll-all", check=True).stdout
        self.assertIn(f"all instances of roll-all run {new}", again)

    def test_a_run_that_was_interrupted_is_finished_by_the_next(self):
        _, new = self.cluster("roll-half", 3)
        command = [sys.executable, AMI / "tools/roll", "--cluster", "roll-half", "--interval", "0.05", "--timeout", "60"]
        # The first run looks seldom, so that it is still under way when it is interrupted.
        first = subprocess.Popen([*command, "--interval", "1"], env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        until("the first instance to be replaced", lambda: new in self.images("roll-half")[0], 60)
        first.send_signal(signal.SIGINT)
        _, errors = first.communicate(timeout=60)
        self.assertEqual(first.returncode, 130)
        self.assertIn("run it again", errors)
        second = run(*command, env=self.environment, timeout=120)
        images, group = self.images("roll-half")
        self.assertEqual(images, [new] * 3, second.stdout)
        self.assertEqual(group["DesiredCapacity"], 3)

    def test_bad_input_is_a_sentence(self):
        self.cluster("roll-bad", 1)
        for arguments, code, words in [
            (["--cluster", "nobody"], 1, "no active cluster 'nobody'"),
            (["--cluster", "roll-bad", "--batch", "many"], 1, "neither a number of instances nor a share"),
            (["--cluster", "roll-bad", "--region", "mars-1"], 1, "mars-1 is no region"),
            ([], 2, "--cluster"),
        ]:
            with self.subTest(arguments=arguments):
                done = self.tool("roll", *arguments)
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertIn(words, done.stderr)
                self.assertNotIn("Traceback", done.stderr)

    def test_no_room_for_a_new_instance_is_said_before_anything_is_changed(self):
        old, _ = self.cluster("roll-full", 2)
        self.client("autoscaling").update_auto_scaling_group(AutoScalingGroupName="roll-full", MaxSize=2)
        done = self.tool("roll", "--cluster", "roll-full")
        self.assertEqual(done.returncode, 1)
        self.assertIn("raise max_size by 1", done.stderr)
        self.assertEqual(set(self.images("roll-full")[0]), {old})


if __name__ == "__main__":
    unittest.main()
